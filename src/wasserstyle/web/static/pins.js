// Point pairs: what is at a point of the content shall look like a point of a style.
// A pair is made by two clicks, one on each picture; every change is undone on the picture where it was made.

import { changed, pictureOn, state } from "./store.js";
import { sheetOn } from "./sheets.js";

/**
 * @typedef {import("./store.js").Pin} Pin
 * @typedef {import("./store.js").Side} Side
 * @typedef {{id: number, side: Side, from: Place|null, to: Place|null}} Change
 * @typedef {{xy: number[], picture: string}} Place
 */

const pictureOf = (side) => `${side}Picture`;
const other = (side) => (side === "content" ? "style" : "content");

/** Pairs, whole or half, that belong to the pictures in use, in order. @returns {Pin[]} */
export function pinsInUse() {
  const styles = state.styles.map(({ id }) => id);
  const fits = (pin) =>
    (pin.content === null || pin.contentPicture === state.content) && (pin.style === null || styles.includes(pin.stylePicture));
  return state.pins.filter(fits);
}

export const isWhole = (pin) => Boolean(pin.content && pin.style);

/** Pins to be drawn on a side: those of the picture shown there. */
export function pinsOn(side) {
  const shown = pictureOn(side)?.id;
  const numbered = pinsInUse().map((pin, i) => ({ pin, number: i + 1 }));
  return numbered.filter(({ pin }) => pin[side] && pin[pictureOf(side)] === shown);
}

function placeOf(pin, side) {
  return pin?.[side] ? { xy: pin[side], picture: pin[pictureOf(side)] } : null;
}

/** Set one side of a pair, or take it away; a pair without sides is gone. */
function put(id, side, place) {
  let pin = state.pins.find((one) => one.id === id);
  if (!pin) {
    pin = { id, content: null, style: null, contentPicture: null, stylePicture: null };
    state.pins.push(pin);
    state.pins.sort((one, next) => one.id - next.id);
  }
  pin[side] = place?.xy ?? null;
  pin[pictureOf(side)] = place?.picture ?? null;
  if (!pin.content && !pin.style) state.pins = state.pins.filter((one) => one !== pin);
}

/** Make changes, and note them on the picture where they were made. @param {Change[]} changes */
function record(side, changes) {
  let back = changes;
  const swap = () => {
    for (const { id, side: where, to } of back) put(id, where, to);
    back = back.map(({ from, to, ...rest }) => ({ ...rest, from: to, to: from }));
    changed("pins");
  };
  swap();
  sheetOn(side)?.note({ bytes: 100, swap });
}

/**
 * A click with the point tool: complete a half pair, move one, or begin a new pair.
 * @param {Side} side @param {number[]} xy fractions
 */
export function placePin(side, xy) {
  const half = pinsInUse().findLast((pin) => !isWhole(pin));
  const id = half?.id ?? Math.max(0, ...state.pins.map((pin) => pin.id)) + 1;
  state.pin = id;
  movePin(id, side, xy, placeOf(half, side));
  return id;
}

/** @param {Place|null} from where it was before the whole drag */
export function movePin(id, side, xy, from) {
  const to = { xy: xy.map(clampFraction), picture: pictureOn(side).id };
  record(side, [{ id, side, from, to }]);
}

/** Move without a step of undo, while dragging. */
export function dragPin(id, side, xy) {
  const pin = state.pins.find((one) => one.id === id);
  if (pin) pin[side] = xy.map(clampFraction);
  changed("pins");
}

export const whereIs = (id, side) => placeOf(state.pins.find((pin) => pin.id === id), side);

export function removePin(id) {
  const pin = state.pins.find((one) => one.id === id);
  if (!pin) return;
  const sides = /** @type {Side[]} */ (["content", "style"]).filter((side) => pin[side]);
  record(state.active, sides.map((side) => ({ id, side, from: placeOf(pin, side), to: null })));
}

/** Which side a half pair still needs; null if there is none. @returns {Side|null} */
export function missingSide() {
  const half = pinsInUse().findLast((pin) => !isWhole(pin));
  return half ? other(half.content ? "content" : "style") : null;
}

const clampFraction = (value) => Math.min(1, Math.max(0, value));
const rounded = (xy) => xy.map((value) => Math.round(value * 1e5) / 1e5);

/** Whole pairs as the server and the files have them. @returns {import("./api.js").PointPair[]} */
export function toPairs() {
  const which = (pin) => state.styles.findIndex(({ id }) => id === pin.stylePicture);
  return pinsInUse().filter(isWhole).map((pin) => ({ content: rounded(pin.content), style: rounded(pin.style), which: which(pin) }));
}

/** Replace the pairs of the pictures in use. @param {import("./api.js").PointPair[]} pairs */
export function fromPairs(pairs) {
  const used = new Set(pinsInUse());
  state.pins = state.pins.filter((pin) => !used.has(pin));
  let id = Math.max(0, ...state.pins.map((pin) => pin.id));
  for (const { content, style, which = 0 } of pairs) {
    const stylePicture = state.styles[which]?.id;
    if (!stylePicture || !state.content) continue;
    state.pins.push({ id: (id += 1), content, style, contentPicture: state.content, stylePicture });
  }
  changed("pins");
}

/** The pairs of a points file, as fractions. @param {any} file */
export function readFile(file) {
  if (!Array.isArray(file?.points)) throw new Error("This is no file of points: it has no list “points”.");
  if (file.unit !== undefined && file.unit !== "fraction") throw new Error("Points must be in fractions: “unit” must be “fraction”.");
  const isPlace = (xy) => Array.isArray(xy) && xy.length === 2 && xy.every((value) => value >= 0 && value <= 1);
  if (!file.points.every(({ content, style }) => isPlace(content) && isPlace(style)))
    throw new Error("Every point needs “content” and “style”, two fractions between 0 and 1 each.");
  return file.points;
}

// One sheet for every picture and side: its mask, the layer that shows it, and its undo.
// Sheets stay when another picture is chosen, so that coming back brings the mask back.

import { Mask, Stroke, fromRuns, paintChosen, paintLine, select, toRuns } from "./mask.js";
import { lookup, revive } from "./palette.js";
import { changed, keep, keptNames, pictureOn, recall, state } from "./store.js";
import { pixelsOf } from "./png.js";

const DEEPEST = 200;
const MOST_BYTES = 32e6;

/** @typedef {{bytes: number, swap: () => void}} Step swap: undo, and redo the next time */

export class Sheet {
  /** @param {string} key @param {Mask} mask */
  constructor(key, mask) {
    this.key = key;
    this.mask = mask;
    this.layer = new OffscreenCanvas(mask.width, mask.height);
    this.context = this.layer.getContext("2d");
    /** @type {Step[]} */
    this.past = [];
    /** @type {Step[]} */
    this.future = [];
    /** @type {Stroke|null} */
    this.stroke = null;
    this.recount();
    this.show();
  }

  recount() {
    this.counts = this.mask.counts();
    this.painted = this.mask.data.length - this.counts[0];
  }

  /** Share of the picture that a region covers. */
  share(index) {
    return this.counts[index] / this.mask.data.length;
  }

  /** Draw a box of the mask onto its layer. */
  show({ left, top, right, bottom } = this.mask.whole) {
    if (right <= left || bottom <= top) return;
    const table = lookup();
    const image = new ImageData(right - left, bottom - top);
    const colours = new Uint32Array(image.data.buffer);
    for (let row = top, to = 0; row < bottom; row += 1)
      for (let from = row * this.mask.width + left, end = from + right - left; from < end; from += 1)
        colours[to++] = table[this.mask.data[from]];
    this.context.putImageData(image, left, top);
  }

  begin() {
    this.stroke ??= new Stroke(this.mask);
  }

  /** Paint a piece of a stroke; positions are fractions, the diameter is in 1/1024 of the long side. */
  line(from, to, diameter, index) {
    const { width, height, longSide } = this.mask;
    const scaled = ([x, y]) => [x * width, y * height];
    const radius = Math.max(0.71, (diameter * longSide) / 2048);
    this.show(paintLine(this.stroke, scaled(from), scaled(to), radius, index));
  }

  /** Give the connected patch under a position to a region. */
  fill(position, index) {
    const seed = this.mask.pixelAt(position);
    if (seed < 0) return;
    const old = this.mask.data[seed];
    this.#give(select(this.mask, seed, (pixel) => this.mask.data[pixel] === old, true), index);
  }

  /**
   * Give all that looks like the picture at a position to a region.
   * @param {CanvasImageSource} image @param {number} tolerance in per cent of black to white
   */
  wand(position, index, image, { tolerance, connected }) {
    const seed = this.mask.pixelAt(position);
    if (seed < 0) return;
    this.pixels ??= pixelsOf(image, this.mask, true);
    const { pixels } = this;
    const [red, green, blue] = pixels.subarray(4 * seed, 4 * seed + 3);
    const most = 3 * (2.55 * tolerance) ** 2;
    const accepts = (pixel) => {
      const at = 4 * pixel;
      return (pixels[at] - red) ** 2 + (pixels[at + 1] - green) ** 2 + (pixels[at + 2] - blue) ** 2 <= most;
    };
    this.#give(select(this.mask, seed, accepts, connected), index);
  }

  #give(chosen, index) {
    this.begin();
    paintChosen(this.stroke, chosen, index);
    this.commit();
  }

  /** Take all pixels of a region away, or everything. */
  clear(index) {
    this.begin();
    this.stroke.touch(this.mask.whole);
    const { data } = this.mask;
    for (let pixel = 0; pixel < data.length; pixel += 1) if (index === undefined || data[pixel] === index) data[pixel] = 0;
    this.commit();
  }

  /** Replace the whole mask. @param {Uint8Array} data */
  replace(data) {
    this.begin();
    this.stroke.touch(this.mask.whole);
    this.mask.data.set(data);
    this.commit();
  }

  /** End a stroke: it becomes one step of undo. */
  commit() {
    const { stroke } = this;
    this.stroke = null;
    if (!stroke?.settle()) return;
    this.#remember({ bytes: stroke.bytes, swap: () => stroke.swap() });
    this.#repainted();
  }

  /** Drop a stroke that was not meant, as when a second finger comes down. */
  abandon() {
    this.stroke?.swap();
    this.stroke = null;
    this.show();
  }

  /** Make a step outside of the mask undoable here. @param {Step} step */
  note(step) {
    this.#remember(step);
    changed("undo");
  }

  #remember(step) {
    this.past.push(step);
    this.future = [];
    let bytes = this.past.reduce((sum, { bytes: one }) => sum + one, 0);
    while (this.past.length > DEEPEST || (bytes > MOST_BYTES && this.past.length > 1)) bytes -= this.past.shift().bytes;
  }

  /** Drop all steps, as when region numbers got a new meaning. */
  forget() {
    this.past = [];
    this.future = [];
  }

  undo() {
    return this.#move(this.past, this.future);
  }

  redo() {
    return this.#move(this.future, this.past);
  }

  #move(from, to) {
    const step = from.pop();
    if (!step) return false;
    step.swap();
    to.push(step);
    this.#repainted();
    return true;
  }

  #repainted() {
    this.recount();
    const back = revive(this.counts);
    this.show();
    unsaved.add(this);
    changed("mask", "undo", ...(back ? ["regions"] : []));
  }

  keep() {
    keep(`mask:${this.key}`, this.painted ? toRuns(this.mask) : null);
  }
}

/** @type {Map<string, Sheet>} */
const sheets = new Map();
/** @type {Set<Sheet>} */
const unsaved = new Set();

const keyOf = (side, id) => `${side}:${id}`;

/** The sheet of a picture on a side. @param {import("./store.js").Side} side */
export function sheetOf(side, picture) {
  const key = keyOf(side, picture.id);
  if (!sheets.has(key)) sheets.set(key, new Sheet(key, recalled(key, picture)));
  return sheets.get(key);
}

/** The sheet shown on a side now. @returns {Sheet|undefined} */
export function sheetOn(side) {
  const picture = pictureOn(side);
  return picture && sheetOf(side, picture);
}

/** Sheets of the content and of all chosen styles. */
export function sheetsInUse() {
  const of = (side, id) => id && state.pictures.has(id) && sheetOf(side, state.pictures.get(id));
  return { content: of("content", state.content) || undefined, styles: state.styles.map(({ id }) => of("style", id)) };
}

function recalled(key, picture) {
  const text = recall(`mask:${key}`);
  return (text && fromRuns(text, Mask.for(picture))) || Mask.for(picture);
}

/** Draw all layers anew, after the palette changed. */
export function showAll() {
  for (const sheet of sheets.values()) sheet.show();
}

/** Take a region out of every mask, undoable in each. */
export function clearRegion(index) {
  for (const sheet of sheets.values()) sheet.clear(index);
}

/** Copies of all masks, to be put back when a restoration is undone. */
export const copyAll = () => new Map([...sheets].map(([key, sheet]) => [key, sheet.mask.data.slice()]));

/** @param {Map<string, Uint8Array>} copies */
export function putBack(copies) {
  for (const [key, data] of copies) {
    sheets.get(key).replace(data);
    sheets.get(key).forget();
  }
}

/** Write the masks that changed since the last time. */
export function keepMasks() {
  for (const sheet of unsaved) sheet.keep();
  unsaved.clear();
}

/** Make room: masks of pictures that are not in use are dropped from storage. */
export function dropOthers() {
  const used = new Set([keyOf("content", state.content), ...state.styles.map(({ id }) => keyOf("style", id))]);
  for (const name of keptNames("mask:")) if (!used.has(name.slice("mask:".length))) keep(name, null);
}

// The table of point pairs: numbers to read and change, for those who do not use a mouse, and files.

import { byId, choose, make, save, toast, trying } from "./dom.js";
import { sheetsInUse } from "./sheets.js";
import { changed, on, state } from "./store.js";
import { fromPairs, missingSide, movePin, pinsInUse, readFile, removePin, toPairs, whereIs } from "./pins.js";

const AXES = ["x", "y"];

export function setUpPinList() {
  on(["pins", "pictures"], draw);
  on(["pins", "pictures", "tool", "mask"], drawHint);
  byId("export-points").addEventListener("click", exportPoints);
  byId("import-points").addEventListener("click", () => trying(importPoints));
}

function draw() {
  const pins = pinsInUse();
  byId("pin-count").textContent = pins.length ? `${pins.length}` : "";
  byId("pin-table").hidden = pins.length === 0;
  byId("pin-none").hidden = pins.length > 0;
  const rows = byId("pin-rows");
  if (rows.contains(document.activeElement) && rows.children.length === pins.length) return refresh(pins);
  rows.replaceChildren(...pins.map(row));
}

/** What to do next, between the regions and the canvases. */
function drawHint() {
  byId("hint").textContent = state.content && state.styles.length ? hint() : "";
}

function hint() {
  const missing = missingSide();
  if (missing) return `Point ${pinsInUse().length} needs its partner: click the ${missing}.`;
  if (state.tool.name === "point") return "Click a place in the content, then what it should look like in the style.";
  const { content, styles } = sheetsInUse();
  const painted = [content, ...styles].some((sheet) => sheet?.painted);
  return painted ? "" : "Press Go, or first paint the same region on both pictures to steer where the style goes.";
}

/** Only the numbers, so that the focus stays where it is. */
function refresh(pins) {
  for (const [i, pin] of pins.entries())
    for (const input of byId("pin-rows").children[i].querySelectorAll("input"))
      if (input !== document.activeElement) input.value = shown(pin, input.dataset.side, Number(input.dataset.axis));
}

function row(pin, i) {
  const cells = ["content", "style"].flatMap((side) => AXES.map((axis, at) => make("td", {}, number(pin, i + 1, side, axis, at))));
  const remove = make("button", { type: "button", className: "quiet", aria: { label: `Delete point ${i + 1}` }, data: { testid: `pin-delete-${i + 1}` }, onclick: () => removePin(pin.id) }, "×");
  const head = make("th", { scope: "row" }, `${i + 1}`);
  return make("tr", { className: pin.id === state.pin ? "chosen" : "", data: { testid: `pin-row-${i + 1}` } }, head, ...cells, make("td", {}, remove));
}

const shown = (pin, side, at) => (pin[side] ? (100 * pin[side][at]).toFixed(1) : "");

function number(pin, count, side, axis, at) {
  return make("input", {
    type: "number", min: 0, max: 100, step: 0.1, value: shown(pin, side, at),
    aria: { label: `Point ${count}, ${side} ${axis} in per cent` },
    data: { testid: `pin-${count}-${side}-${axis}`, side, axis: `${at}` },
    onchange: (event) => set(pin.id, side, at, event.target),
    onfocus: () => ((state.pin = pin.id), changed("tool")),
  });
}

function set(id, side, at, input) {
  const value = Number(input.value) / 100;
  const from = whereIs(id, side);
  if (!input.value || !input.checkValidity()) return toast("A position is between 0 and 100 per cent.", { error: true });
  const xy = [...(from?.xy ?? [0.5, 0.5])];
  xy[at] = value;
  return movePin(id, side, xy, from);
}

function exportPoints() {
  const file = { unit: "fraction", points: toPairs() };
  if (!file.points.length) return toast("There are no whole point pairs to export.");
  return save(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }), "points.json");
}

async function importPoints() {
  const file = await choose(".json,application/json");
  await takePoints(file);
}

/** Read a points file, as when one is dropped. @param {File} file */
export async function takePoints(file) {
  if (!state.content || !state.styles.length) throw new Error("Choose content and style first, then import points.");
  let parsed;
  try {
    parsed = JSON.parse(await file.text());
  } catch {
    throw new Error("This file is not JSON; points are exchanged as JSON.");
  }
  fromPairs(readFile(parsed));
  toast("Points imported.");
}

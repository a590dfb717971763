// The tools above the canvases: which one is chosen, its size, tolerance and the overlay's opacity.
// The radio buttons are in index.html; here they meet the state.

import { byId } from "./dom.js";
import { changed, on, state } from "./store.js";

const SLIDERS = { size: "brush-size", tolerance: "tolerance", opacity: "opacity" };
const NEEDS = { size: ["brush", "eraser"], tolerance: ["wand"] };
const LEAST = 1;
const MOST = 400;

export function setUpToolbar() {
  for (const radio of radios()) radio.addEventListener("change", () => chooseTool(radio.value));
  for (const [name, id] of Object.entries(SLIDERS)) byId(id).addEventListener("input", (event) => set(name, event.target));
  byId("connected").addEventListener("change", (event) => set("connected", event.target));
  on(["tool"], draw);
  draw();
}

const radios = () => [...document.querySelectorAll('input[name="tool"]')];

/** The slider of sizes is logarithmic, fine for small brushes. */
const toSlider = (size) => Math.round(100 * Math.log2(size));
const fromSlider = (value) => Math.max(LEAST, Math.round(2 ** (value / 100)));

function set(name, input) {
  const read = { size: () => fromSlider(input.value), opacity: () => input.value / 100, tolerance: () => Number(input.value), connected: () => input.checked };
  state.tool[name] = read[name]();
  changed("tool");
}

/** @param {string} name brush, eraser, fill, wand, point or hand */
export function chooseTool(name) {
  state.tool.name = name;
  changed("tool");
}

/** Larger or smaller by about a fifth. */
export function resizeBrush(direction) {
  const { size } = state.tool;
  const step = Math.max(1, Math.round(size * 0.2));
  state.tool.size = Math.min(MOST, Math.max(LEAST, size + direction * step));
  changed("tool");
}

function draw() {
  const { tool } = state;
  for (const radio of radios()) radio.checked = radio.value === tool.name;
  byId("brush-size").value = toSlider(tool.size);
  byId("brush-size").setAttribute("aria-valuetext", `${tool.size}`);
  byId("brush-size-shown").textContent = tool.size;
  byId("tolerance").value = tool.tolerance;
  byId("tolerance-shown").textContent = `${tool.tolerance} %`;
  byId("opacity").value = Math.round(100 * tool.opacity);
  byId("connected").checked = tool.connected;
  for (const [name, tools] of Object.entries(NEEDS)) for (const part of document.querySelectorAll(`[data-needs="${name}"]`)) part.hidden = !tools.includes(tool.name);
  for (const canvas of document.querySelectorAll("canvas[data-side]")) canvas.dataset.tool = tool.name;
}

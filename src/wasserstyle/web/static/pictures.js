// Which pictures are used: upload by choosing, dropping or pasting, examples, and several styles.
// A dropped picture that was made here may give back its settings instead.

import { api } from "./api.js";
import { announce, byId, choose, icon, make, toast, trying } from "./dom.js";
import { holdsRecipe, restoreFile } from "./request.js";
import { takeMask } from "./panes.js";
import { takePoints } from "./pinlist.js";
import { openPicker } from "./picker.js";
import { changed, on, state } from "./store.js";

/** @typedef {import("./store.js").Side} Side */

export function setUpPictures() {
  for (const side of /** @type {Side[]} */ (["content", "style"])) setUpDrop(side);
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => (event.preventDefault(), dropElsewhere(event)));
  document.addEventListener("paste", paste);
  byId("add-style").addEventListener("click", () => openPicker("style", true));
  byId("open-result").addEventListener("click", () => trying(openResult));
  on(["pictures"], drawStyles);
  drawStyles();
}

function setUpDrop(side) {
  const pane = byId(`${side}-pane`);
  const mark = (is) => pane.classList.toggle("dropping", is);
  pane.addEventListener("dragover", () => mark(true));
  pane.addEventListener("dragleave", (event) => pane.contains(event.relatedTarget) || mark(false));
  pane.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    mark(false);
    trying(() => take(event.dataTransfer.files[0], side));
  });
}

/** @param {DragEvent} event */
function dropElsewhere(event) {
  const file = event.dataTransfer?.files[0];
  if (file) trying(() => take(file, state.content ? "style" : "content"));
}

function paste(event) {
  const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
  if (!file) return;
  event.preventDefault();
  const side = !state.content ? "content" : !state.styles.length ? "style" : state.active;
  trying(() => upload(file, side));
}

/** Take a file that was dropped: points, a result, or a picture. */
async function take(file, side) {
  if (!file) return undefined;
  if (file.name.endsWith(".json")) return takePoints(file);
  if (file.name.endsWith("-mask.png") && pictureIsThere(side)) return takeMask(side, file);
  if (!(await holdsRecipe(file))) return upload(file, side);
  return takeResult(file, side);
}

/** A picture that was made here gives back its settings; one that only looks like it is used as a picture. */
async function takeResult(file, side) {
  const instead = () => trying(() => upload(file, side));
  try {
    await restoreFile(file, { label: `Use it as ${side} instead`, run: instead });
  } catch (error) {
    if (error.status !== 422) throw error;
    await instead();
  }
}

const pictureIsThere = (side) => Boolean(side === "content" ? state.content : state.styles.length);

async function openResult() {
  await restoreFile(await choose("image/png,image/jpeg,image/webp,image/tiff"));
}

/** Send a picture to the project and use it. @param {File} file @param {Side} side */
export async function upload(file, side, adding = false) {
  const { bytes } = state.limits ?? {};
  if (bytes && file.size > bytes) throw new Error(`${file.name} is too large: at most ${Math.round(bytes / 1e6)} MB are taken.`);
  announce(`Uploading ${file.name}`);
  byId(`${side}-pane`).classList.add("loading");
  try {
    use(await api.uploadPicture(file, file.name), side, adding);
  } finally {
    byId(`${side}-pane`).classList.remove("loading");
  }
}

export async function takeExample(kind, name, side, adding) {
  use(await api.takeExample(kind, name), side, adding);
}

/** Show a picture of the project on a side. @param {import("./api.js").Picture} picture @param {Side} side */
export function use(picture, side, adding = false) {
  state.pictures.set(picture.id, picture);
  if (side === "content") state.content = picture.id;
  else if (adding || !state.styles.length) state.activeStyle = state.styles.push({ id: picture.id, weight: 1 }) - 1;
  else state.styles[state.activeStyle].id = picture.id;
  state.active = side;
  state.view = "pictures";
  changed("pictures", "pins", "active", "view", "undo");
  announce(`${side === "content" ? "Content" : "Style"}: ${picture.name}`);
}

function drawStyles() {
  const { styles } = state;
  byId("style-tabs").hidden = styles.length < 2;
  byId("style-tabs").replaceChildren(...(styles.length < 2 ? [] : styles.map(styleTab)));
  byId("style-mix").hidden = styles.length < 2;
  if (styles.length > 1) byId("style-mix").replaceChildren(weight(), removal());
  byId("add-style").hidden = styles.length < 1;
}

function styleTab({ id }, i) {
  const chosen = i === state.activeStyle;
  const name = state.pictures.get(id)?.name ?? "";
  return make("button", {
    type: "button", title: name, aria: { pressed: `${chosen}` }, data: { testid: `style-tab-${i + 1}` },
    onclick: () => openStyle(i),
  }, `Style ${i + 1}`);
}

function openStyle(i) {
  state.activeStyle = i;
  changed("pictures", "pins", "undo");
  byId("style-tabs").children[i]?.focus();
}

function weight() {
  const style = state.styles[state.activeStyle];
  const input = make("input", { type: "number", id: "style-weight", min: 0.01, step: "any", value: style.weight, data: { testid: "style-weight" } });
  input.addEventListener("change", () => {
    const value = Number(input.value);
    if (!(value > 0)) return toast("A weight is greater than 0.", { error: true });
    style.weight = value;
    return changed("styles");
  });
  return make("label", {}, "Weight ", input);
}

function removal() {
  const remove = () => {
    state.styles.splice(state.activeStyle, 1);
    state.activeStyle = Math.max(0, state.activeStyle - 1);
    changed("pictures", "pins", "undo");
  };
  return make("button", { type: "button", className: "quiet", title: "Remove this style", aria: { label: `Remove style ${state.activeStyle + 1}` }, data: { testid: "style-remove" }, onclick: remove }, icon("close"));
}

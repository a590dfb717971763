// Buttons around each canvas: choose a picture, undo, redo, zoom, and the mask as a file.
// The same for both sides.

import { byId, choose, save, toast, trying } from "./dom.js";
import { openPicker } from "./picker.js";
import { regionFor, regions } from "./palette.js";
import { decodeInto, encode, namesIn } from "./png.js";
import { sheetOn } from "./sheets.js";
import { Mask } from "./mask.js";
import { changed, on, pictureOn, state } from "./store.js";

/** @typedef {import("./store.js").Side} Side */

/** @param {Side} side @param {import("./editor.js").Editor} editor */
export function setUpPane(side, editor) {
  const click = (name, work) => byId(`${side}-${name}`).addEventListener("click", () => trying(async () => work()));
  click("choose", () => openPicker(side));
  click("pick", () => openPicker(side));
  click("undo", () => undo(side));
  click("redo", () => redo(side));
  click("zoom-in", () => editor.zoom(1.4));
  click("zoom-out", () => editor.zoom(1 / 1.4));
  click("zoom-fit", () => editor.fit());
  click("export-mask", () => exportMask(side));
  click("import-mask", async () => takeMask(side, await choose("image/*")));
  click("clear", () => sheetOn(side)?.clear());
  setUpMenu(byId(`${side}-menu`));
  on(["pictures", "undo", "mask"], () => draw(side));
  on(["active"], () => markActive(side));
  draw(side);
}

/** A menu closes when something in it was chosen, on Escape, and when the focus leaves it. */
function setUpMenu(menu) {
  const close = () => (menu.open = false);
  menu.addEventListener("click", (event) => event.target.closest("button") && close());
  menu.addEventListener("focusout", (event) => event.relatedTarget && !menu.contains(event.relatedTarget) && close());
  menu.addEventListener("keydown", (event) => event.key === "Escape" && (close(), menu.querySelector("summary").focus()));
  document.addEventListener("pointerdown", (event) => menu.contains(event.target) || close());
}

function draw(side) {
  const picture = pictureOn(side);
  const sheet = sheetOn(side);
  byId(`${side}-pane`).classList.toggle("empty", !picture);
  byId(`${side}-name`).textContent = picture ? picture.name : "";
  byId(`${side}-name`).title = picture ? `${picture.name}, ${picture.width} × ${picture.height} px` : "";
  byId(`${side}-tools`).hidden = !picture;
  byId(`${side}-empty`).hidden = Boolean(picture);
  byId(`${side}-undo`).disabled = !sheet?.past.length;
  byId(`${side}-redo`).disabled = !sheet?.future.length;
  byId(`${side}-canvas`).hidden = !picture;
  for (const name of ["export-mask", "clear"]) byId(`${side}-${name}`).disabled = !sheet?.painted;
}

function markActive(side) {
  byId(`${side}-pane`).classList.toggle("active", state.active === side);
}

/** @param {Side} side */
export const undo = (side) => sheetOn(side)?.undo();
/** @param {Side} side */
export const redo = (side) => sheetOn(side)?.redo();

async function exportMask(side) {
  const sheet = sheetOn(side);
  const stem = pictureOn(side).name.replace(/\.[^.]+$/, "");
  save(await encode(sheet.mask, regions()), `${stem}-mask.png`);
}

/** Paint a file of flat colours into the mask of a side. @param {Side} side @param {Blob} file */
export async function takeMask(side, file) {
  const sheet = sheetOn(side);
  if (!sheet) throw new Error(`Choose the ${side} first, then import its mask.`);
  const { width, height } = sheet.mask;
  const mask = new Mask(width, height);
  try {
    const names = await namesIn(file);
    const known = new Set(regions().map(({ colour }) => colour));
    await decodeInto(file, mask, regionFor, [...known, ...Object.keys(names)]);
    for (const region of regions()) if (!known.has(region.colour) && names[region.colour]) region.name = names[region.colour];
  } catch {
    throw new Error("This mask cannot be read; give a PNG with one flat colour per region.");
  }
  sheet.replace(mask.data);
  changed("regions");
  toast("Mask imported.");
}

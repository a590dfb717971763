// From the page to a request, and back: what Go sends, and what restoring an earlier job sets.
// Masks are uploaded here, as indexed PNGs with the colours of the palette and nothing else.

import { api } from "./api.js";
import { toast } from "./dom.js";
import { Mask } from "./mask.js";
import { regionFor, regions, resetRegions } from "./palette.js";
import { fromPairs, toPairs } from "./pins.js";
import { decodeInto, encode } from "./png.js";
import { copyAll, putBack, sheetsInUse } from "./sheets.js";
import { changed, state } from "./store.js";

/** @typedef {import("./api.js").JobRequest} JobRequest */

/** What is set on the page, as a job. @param {string|null} start job whose picture to go on from */
export async function toRequest(start = null) {
  if (!state.content) throw new Error("Choose a content picture first.");
  if (!state.styles.length) throw new Error("Choose a style first.");
  const { method, preset, values, run } = state.form;
  return {
    content: state.content,
    styles: state.styles.map(({ id, weight }) => ({ id, weight })),
    method, preset, settings: { ...values }, run: { ...run },
    guidance: await guidance(),
    start,
  };
}

/** Regions painted on both sides, or on one: the server explains what has no partner. */
async function guidance() {
  const { content, styles } = sheetsInUse();
  const used = regions().filter(({ index }) => [content, ...styles].some((sheet) => sheet.counts[index] > 0));
  return {
    content_mask: await uploaded(content),
    style_masks: await Promise.all(styles.map(uploaded)),
    names: Object.fromEntries(used.map(({ colour, name }) => [colour, name])),
    points: toPairs(),
  };
}

async function uploaded(sheet) {
  if (!sheet.painted) return null;
  const { id } = await api.uploadMask(await encode(sheet.mask, regions()));
  return id;
}

const REPLACED = ["content", "styles", "activeStyle", "regions", "region", "pins", "form"];
const SHOWN = ["pictures", "form", "regions", "mask", "pins", "undo"];

/** What a restoration replaces, and how to have it again. */
function remember() {
  const before = structuredClone(Object.fromEntries(REPLACED.map((name) => [name, state[name]])));
  let masks = new Map();
  return {
    copyMasks: () => (masks = copyAll()),
    undo() {
      Object.assign(state, before);
      putBack(masks);
      changed(...SHOWN);
    },
  };
}

/**
 * Set everything on the page as a request has it.
 * @param {JobRequest} request @param {{label: string, run: () => void}} [action] offered instead of undoing
 */
export async function restore(request, action) {
  const memory = remember();
  const missing = [request.content, ...request.styles.map(({ id }) => id)].filter((id) => !id || !state.pictures.has(id));
  if (request.content && state.pictures.has(request.content)) state.content = request.content;
  const styles = request.styles.filter(({ id }) => id && state.pictures.has(id));
  if (styles.length) state.styles = styles.map(({ id, weight }) => ({ id, weight }));
  state.activeStyle = 0;
  restoreForm(request);
  changed("pictures", "undo");
  memory.copyMasks();
  if (!missing.length) await restoreGuidance(request.guidance);
  changed(...SHOWN);
  const said = missing.length ? "Settings restored. Some pictures are not in this project: choose them yourself." : "Settings, pictures, regions and points restored.";
  toast(said, { action: action ?? { label: "Undo", run: memory.undo } });
}

function restoreForm({ method, preset, settings, run }) {
  if (!state.methods.methods.some(({ name }) => name === method)) return;
  state.form = { method, preset: preset ?? "default", values: { ...settings }, run: { ...state.form.run, ...run } };
  changed("form");
}

/** @param {import("./api.js").Guidance|undefined} guidance */
async function restoreGuidance(guidance) {
  const { content, styles } = sheetsInUse();
  const ids = [guidance?.content_mask, ...styles.map((_, i) => guidance?.style_masks?.[i])];
  const files = await Promise.all(ids.map((id) => (id ? api.mask(id) : null)));
  resetRegions(guidance?.names);
  const colours = regions().map(({ colour }) => colour);
  for (const [i, sheet] of [content, ...styles].entries()) {
    const { width, height } = sheet.mask;
    const mask = new Mask(width, height);
    if (files[i]) await decodeInto(files[i], mask, regionFor, colours);
    sheet.replace(mask.data);
    sheet.forget();
  }
  fromPairs(guidance?.points ?? []);
}

const MARK = "wasserstyle";
const EDGE = 1 << 20;

/** True if a file seems to be a picture that this program wrote; the server has the last word. */
export async function holdsRecipe(file) {
  const ends = [file.slice(0, EDGE), file.slice(Math.max(0, file.size - EDGE))];
  const texts = await Promise.all(ends.map(async (end) => new TextDecoder("latin1").decode(await end.arrayBuffer())));
  return texts.some((text) => text.includes(MARK));
}

/** Restore the settings that a picture carries. @param {File} file @param {{label: string, run: () => void}} [action] */
export async function restoreFile(file, action) {
  const { request } = await api.readRecipe(file);
  await restore(request, action);
}

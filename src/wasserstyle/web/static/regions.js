// The row of regions: choose the one to paint, see its share on both sides, rename, add and delete.
// A region painted on one side only gets a warning, because nothing can be paired with it.

import { announce, byId, hidden, icon, make, toast } from "./dom.js";
import { MOST, addRegion, regions } from "./palette.js";
import { clearRegion, sheetOn, sheetsInUse, showAll } from "./sheets.js";
import { changed, on, state } from "./store.js";

export function setUpRegions() {
  byId("add-region").addEventListener("click", add);
  byId("delete-region").addEventListener("click", remove);
  byId("region-name").addEventListener("input", (event) => rename(event.target.value));
  on(["regions", "mask", "pictures"], draw);
  on(["regions"], showAll);
  draw();
}

function draw() {
  const all = regions();
  if (!all.some((region) => region.index === state.region)) state.region = all[0]?.index ?? 0;
  const box = byId("regions");
  const focused = box.contains(document.activeElement);
  box.replaceChildren(...all.map(chip));
  if (focused) box.querySelector("input:checked")?.focus();
  drawName(all.find((region) => region.index === state.region));
  byId("delete-region").disabled = all.length <= 1;
  byId("add-region").disabled = all.length >= MOST;
  byId("region-warning").textContent = warnings(all).join(" ");
}

function drawName(region) {
  const input = byId("region-name");
  if (input !== document.activeElement) input.value = region?.name ?? "";
}

/** Areas in use: of the content, of the style shown, and the largest over all styles. */
function areas({ index }) {
  const { content, styles } = sheetsInUse();
  const share = (sheet) => sheet?.share(index) ?? 0;
  return { content: share(content), style: share(sheetOn("style")), any: Math.max(0, ...styles.map(share)) };
}

/** Sides that a region is missing on though it is painted on the other. */
function lacks(region) {
  const { content, any } = areas(region);
  if (content > 0 && any === 0) return "style";
  return any > 0 && content === 0 ? "content" : null;
}

const percent = (share) => (share > 0 && share < 0.01 ? "<1" : `${Math.round(100 * share)}`);

function chip(region, i) {
  const { content, style } = areas(region);
  const input = make("input", {
    type: "radio", name: "region", value: region.index, checked: region.index === state.region,
    data: { testid: `region-${i + 1}` }, onchange: () => chooseRegion(region.index),
  });
  const swatch = make("span", { className: "swatch" });
  swatch.style.background = region.colour;
  const shares = make("span", { className: "shares", aria: { hidden: "true" } }, content + style > 0 ? `${percent(content)} → ${percent(style)} %` : "");
  const spoken = hidden(`, content ${percent(content)} per cent, style ${percent(style)} per cent`);
  const lacking = lacks(region);
  const title = `Content ${percent(content)} %, style ${percent(style)} %`;
  return make("label", { className: lacking ? "chip lacking" : "chip", title }, input, swatch, make("span", { className: "chip-name" }, region.name), shares, spoken, lacking && icon("warning"));
}

function warnings(all) {
  const sentence = (region) => `“${region.name}” is missing in the ${lacks(region)}: paint it there, too.`;
  return all.filter(lacks).map(sentence);
}

/** @param {number} index */
export function chooseRegion(index) {
  state.region = index;
  changed("regions");
}

/** Choose by place in the row, counted from 1. */
export function chooseNth(count) {
  const region = regions()[count - 1];
  if (!region) return;
  chooseRegion(region.index);
  announce(region.name);
}

function add() {
  const region = addRegion();
  if (!region) return toast(`There are colours for ${MOST} regions.`);
  chooseRegion(region.index);
  byId("region-name").focus();
  return byId("region-name").select();
}

function rename(name) {
  const region = state.regions.find((one) => one.index === state.region);
  if (!region) return;
  region.name = name.trim() || region.name;
  changed("regions");
}

function remove() {
  const region = state.regions.find((one) => one.index === state.region);
  if (!region) return;
  clearRegion(region.index);
  region.gone = true;
  changed("regions", "mask");
  announce(`${region.name} deleted`);
}

// The palette of regions as data: names and colours, one for both pictures, and their numbers in masks.
// Colours are Okabe and Ito's first, which people with any colour vision can tell apart.

import { state } from "./store.js";
import { rgbOf } from "./png.js";

const COLOURS = [
  "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#882255",
  "#332288", "#999933", "#ffffff", "#000000",
];
export const MOST = COLOURS.length;

export const regions = () => state.regions.filter((region) => !region.gone);

/** What is shown for a region index, as little-endian RGBA; 0 is transparent. */
export function lookup() {
  const table = new Uint32Array(256);
  for (const { index, colour } of regions()) {
    const [red, green, blue] = rgbOf(colour);
    table[index] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return table;
}

/** Add a region; null when there are no more numbers. @returns {import("./store.js").Region|null} */
export function addRegion(colour = freeColour(), name = "") {
  const index = Array.from({ length: 255 }, (_, i) => i + 1).find((i) => state.regions.every((region) => region.index !== i));
  if (!index || !colour) return null;
  const region = { index, name: name || freeName(), colour };
  state.regions.push(region);
  return region;
}

function freeColour() {
  return COLOURS.find((colour) => regions().every((region) => region.colour !== colour));
}

function freeName() {
  let number = regions().length + 1;
  while (regions().some((region) => region.name === `Region ${number}`)) number += 1;
  return `Region ${number}`;
}

/** Start with two regions, or with those of a job. @param {Record<string, string>} [names] */
export function resetRegions(names) {
  state.regions = [];
  for (const [colour, name] of Object.entries(names ?? {})) addRegion(colour.toLowerCase(), name);
  while (state.regions.length < 2 && addRegion());
  state.region = state.regions[0].index;
}

/** The region that a colour of an imported mask stands for; made if there is none near. */
export function regionFor(colour) {
  const wanted = rgbOf(colour);
  const far = (region) => Math.hypot(...rgbOf(region.colour).map((value, i) => value - wanted[i]));
  const [near] = regions().sort((one, other) => far(one) - far(other));
  if (near && far(near) < 30) return near.index;
  return addRegion(colour)?.index ?? near?.index ?? 0;
}

/** Bring back regions that an undo painted again. @param {Uint32Array} counts */
export function revive(counts) {
  const back = state.regions.filter((region) => region.gone && counts[region.index] > 0);
  for (const region of back) delete region.gone;
  return back.length > 0;
}

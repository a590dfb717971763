// The result, and before it, if wanted, the content up to a slider: before and after.
// A new preview replaces the old one only when it is loaded, so that nothing flickers.

import { byId } from "./dom.js";
import { changed, state } from "./store.js";

/** @typedef {{before: string, ratio: number, alt: string, actual: string, pixels: number}} Shown actual: address at full size, or "" */

export function setUpCompare() {
  const slider = byId("compare-slider");
  slider.addEventListener("input", () => split(slider.value));
  byId("compare").addEventListener("change", (event) => {
    state.compare = event.target.checked;
    changed("compare");
  });
  byId("actual").addEventListener("change", () => changed("compare"));
  split(slider.value);
}

function split(value) {
  byId("frame").style.setProperty("--split", `${value}%`);
  byId("compare-slider").setAttribute("aria-valuetext", `${value} per cent content`);
}

let wanted = "";

/** @param {string} after address of the result, or "" @param {Shown} shown */
export function showResult(after, { before, ratio, alt, actual, pixels }) {
  const frame = byId("frame");
  frame.style.setProperty("--ratio", `${ratio}`);
  frame.style.setProperty("--pixels", `${pixels}px`);
  const whole = byId("actual").checked && actual;
  showWhole(Boolean(whole), Boolean(actual));
  frame.hidden = !after;
  frame.classList.toggle("comparing", state.compare);
  byId("compare").checked = state.compare;
  byId("compare-slider").hidden = !state.compare;
  byId("after").alt = alt;
  const beforeImage = byId("before");
  if (state.compare && !beforeImage.src.endsWith(before)) beforeImage.src = before;
  const address = whole ? actual : after;
  if (address !== wanted) replace(address);
}

/** Pixel for pixel, in a box that scrolls, or the whole picture fitted in. */
function showWhole(is, can) {
  const box = byId("frame-box");
  byId("actual-part").hidden = !can;
  box.classList.toggle("actual", is);
  if (is) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}

async function replace(address) {
  wanted = address;
  const image = byId("after");
  if (!address) return image.removeAttribute("src");
  const next = new Image();
  next.src = address;
  try {
    await next.decode();
  } catch {
    return undefined; // it was replaced while loading; the next one is on its way
  }
  if (address !== wanted) return undefined;
  image.src = address;
  image.dataset.version = new URL(next.src).searchParams.get("v") ?? "";
  return undefined;
}

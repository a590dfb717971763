// The strip of earlier results: look at one, restore everything it was made with, or delete it.
// Rows are kept and updated in place, so that focus and scrolling stay.

import { urls } from "./api.js";
import { byId, hidden, icon, make, trying } from "./dom.js";
import { removeJob, restoreJob, select } from "./jobs.js";
import { isActive, picturesOf, statusOf, titleOfJob } from "./words.js";
import { job, on, state } from "./store.js";

/** @type {Map<string, HTMLElement>} */
const items = new Map();
let waiting = false;

export function setUpStrip() {
  on(["jobs", "selected", "pictures"], drawSoon);
  drawSoon();
}

function drawSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(draw);
}

function draw() {
  waiting = false;
  byId("strip-empty").hidden = state.jobs.length > 0;
  const strip = byId("strip");
  const wanted = new Set(state.jobs.map(({ id }) => id));
  for (const [id, item] of items) if (!wanted.has(id)) (item.remove(), items.delete(id));
  for (const [place, one] of state.jobs.entries()) {
    if (!items.has(one.id)) items.set(one.id, build(one.id));
    const item = items.get(one.id);
    if (strip.children[place] !== item) strip.insertBefore(item, strip.children[place] ?? null);
    update(item, one);
  }
}

function build(id) {
  const image = make("img", { alt: "", className: "strip-image", draggable: false });
  const look = make("button", { type: "button", className: "strip-look", onclick: () => select(id) }, image, make("span", { className: "strip-title" }), make("span", { className: "strip-status" }));
  const again = make("button", { type: "button", className: "quiet strip-restore", title: "Restore its settings, pictures, regions and points", onclick: () => trying(async () => restoreJob(job(id))) }, icon("restore"), hidden("Restore "), make("span", { className: "unseen strip-name" }));
  const remove = make("button", { type: "button", className: "quiet strip-delete", title: "Delete", onclick: () => trying(async () => removeJob(id)) }, icon("close"), hidden("Delete "), make("span", { className: "unseen strip-name" }));
  return make("li", { className: "strip-item" }, look, make("div", { className: "strip-buttons" }, again, remove));
}

function update(item, one) {
  const find = (name) => item.querySelector(`.${name}`);
  const { number, version, status } = one;
  const source = version > 0 ? urls.preview(one) : "";
  const image = find("strip-image");
  if (image.dataset.source !== source) {
    image.dataset.source = source;
    if (source) image.src = source;
    else image.removeAttribute("src");
  }
  set(find("strip-title"), picturesOf(one));
  const said = status === "done" ? `${one.request.preset}, ${one.request.run?.size} px` : statusOf(one);
  set(find("strip-status"), `No. ${number}: ${said}`);
  for (const name of item.querySelectorAll(".strip-name")) set(name, titleOfJob(one));
  item.dataset.testid = `job-${number}`;
  item.dataset.status = status;
  for (const name of ["look", "restore", "delete"]) find(`strip-${name}`).dataset.testid = `job-${number}-${name}`;
  find("strip-delete").hidden = isActive(one);
  find("strip-look").setAttribute("aria-pressed", `${one.id === state.selected}`);
}

const set = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

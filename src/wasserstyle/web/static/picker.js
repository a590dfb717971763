// The dialog that offers pictures: a file, the examples, and what the project has already.
// Choosing one closes it.

import { api, urls } from "./api.js";
import { byId, choose, make, trying } from "./dom.js";
import { takeExample, upload, use } from "./pictures.js";
import { state } from "./store.js";

/** @type {{content: string[], style: string[]}|null} */
let examples = null;

/** @param {import("./store.js").Side} side @param {boolean} adding one more style */
export async function openPicker(side, adding = false) {
  const dialog = byId("picker");
  byId("picker-title").textContent = adding ? "Add a style" : `Choose the ${side}`;
  byId("picker-file").onclick = () => trying(() => fromFile(side, adding));
  draw(side, adding);
  dialog.showModal();
  if (examples) return;
  examples = await trying(api.examples);
  draw(side, adding);
}

const close = () => byId("picker").close();

async function fromFile(side, adding) {
  const file = await choose("image/*,.heic,.heif,.tif,.tiff");
  close();
  await upload(file, side, adding);
}

function draw(side, adding) {
  const names = examples?.[side] ?? [];
  const pick = (work) => () => (close(), trying(work));
  const example = (name, i) => thumbnail(urls.example(side, name), name, `example-${side}-${i + 1}`, pick(() => takeExample(side, name, side, adding)));
  const owned = (picture) => thumbnail(urls.view(picture.id), picture.name, `project-${picture.id}`, pick(() => use(picture, side, adding)));
  fill("picker-examples", names.map(example));
  fill("picker-project", [...state.pictures.values()].reverse().map(owned));
}

function fill(id, items) {
  byId(id).replaceChildren(...items);
  byId(`${id}-part`).hidden = items.length === 0;
}

function thumbnail(src, name, testid, onclick) {
  const image = make("img", { src, alt: "", loading: "lazy" });
  return make("li", {}, make("button", { type: "button", className: "thumbnail", onclick, data: { testid } }, image, make("span", {}, name)));
}

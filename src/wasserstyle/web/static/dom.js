// Small helpers around the document: finding, making and announcing.
// Nothing here knows what the page is about.

/** @param {string} id */
export const byId = (id) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found;
};

/**
 * Make an element; `on…` become listeners, `data` and `aria` their attributes.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | null | undefined | false)} children
 */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) assign(node, name, value);
  node.append(...children.filter((child) => child || child === ""));
  return node;
}

function assign(node, name, value) {
  if (value === undefined || value === null) return;
  if (name === "data") Object.assign(node.dataset, value);
  else if (name === "aria") for (const key in value) node.setAttribute(`aria-${key}`, value[key]);
  else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name in node && name !== "list" && name !== "form") node[name] = value;
  else node.setAttribute(name, value);
}

/** A picture from the sprite in index.html, hidden from screen readers. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Words for screen readers only. */
export const hidden = (text) => make("span", { className: "unseen" }, text);

/** Tell a screen reader, politely; the same words twice are said once. */
export function announce(text) {
  byId("announcer").textContent = text;
}

let closing = 0;

/**
 * A short message at the lower edge; it stays until read when it is an error.
 * @param {string} text
 * @param {{error?: boolean, action?: {label: string, run: () => void}}} [options]
 */
export function toast(text, { error = false, action } = {}) {
  const box = byId("toast");
  const close = () => box.replaceChildren();
  const button = action && make("button", { type: "button", onclick: () => (close(), action.run()) }, action.label);
  const dismiss = make("button", { type: "button", className: "quiet", onclick: close, aria: { label: "Dismiss" } }, icon("close"));
  const message = make("div", { className: error ? "message error" : "message", data: { testid: "toast" } }, make("span", {}, text), button, dismiss);
  box.replaceChildren(message);
  clearTimeout(closing);
  if (!error) closing = setTimeout(close, 8000);
}

/** Run something that may fail; what went wrong is shown. */
export async function trying(work) {
  try {
    return await work();
  } catch (error) {
    if (error.status === undefined) console.error(error); // not an answer of the server: a mistake of ours
    toast(error.message, { error: true });
    return undefined;
  }
}

/** Call `work` once, `wait` milliseconds after the last of several requests. */
export function later(work, wait) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}

/** Offer a file to be saved. */
export function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Let the user choose one file. */
export function choose(accept) {
  return new Promise((resolve) => {
    const input = make("input", { type: "file", accept, onchange: () => resolve(input.files[0]) });
    input.click();
  });
}

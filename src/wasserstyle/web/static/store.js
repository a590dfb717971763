// What the page knows: one plain object, topics that say what changed, and a copy in localStorage.
// Modules change `state` and call `changed(topic)`; whoever draws listens with `on(topics, draw)`.

/**
 * @typedef {import("./api.js").Picture} Picture
 * @typedef {import("./api.js").Job} Job
 * @typedef {"content" | "style"} Side
 * @typedef {{index: number, name: string, colour: string, gone?: boolean}} Region
 *   index: its number in the masks, 1 to 255; gone: deleted, but an undo may bring it back
 * @typedef {{id: number, content: number[]|null, style: number[]|null,
 *   contentPicture: string|null, stylePicture: string|null}} Pin
 * @typedef {{method: string, preset: string, values: Record<string, any>, run: Record<string, any>}} Form
 *   values: only what differs from the preset
 */

export const state = {
  project: "",
  /** @type {Map<string, Picture>} */
  pictures: new Map(),
  /** @type {string|null} */
  content: null,
  /** @type {{id: string, weight: number}[]} */
  styles: [],
  activeStyle: 0,
  /** @type {Side} The canvas that undo, zoom and paste go to. */
  active: "content",
  /** @type {Region[]} */
  regions: [],
  region: 1,
  /** @type {Pin[]} */
  pins: [],
  pin: 0,
  tool: { name: "brush", size: 48, tolerance: 15, connected: true, opacity: 0.55 },
  /** @type {Form} */
  form: { method: "", preset: "default", values: {}, run: {} },
  /** @type {any} */
  methods: null,
  /** @type {Job[]} Newest first. */
  jobs: [],
  /** @type {string|null} */
  selected: null,
  view: "pictures",
  shortcuts: true,
  compare: false,
};

const KEPT = ["content", "styles", "activeStyle", "regions", "region", "pins", "tool", "form", "selected", "view", "shortcuts", "compare"];
const WAIT = 300;
const listeners = new Map();

/** @param {string[]} topics @param {() => void} draw */
export function on(topics, draw) {
  for (const topic of topics) listeners.set(topic, [...(listeners.get(topic) ?? []), draw]);
}

/** Say what changed, once for several topics; what is kept is written a little later. */
export function changed(...topics) {
  const draws = new Set(topics.flatMap((topic) => listeners.get(topic) ?? []));
  for (const draw of draws) draw();
  keepSoon();
}

/** The picture on a side, of the style whose tab is open. @param {Side} side @returns {Picture|undefined} */
export function pictureOn(side) {
  const id = side === "content" ? state.content : state.styles[state.activeStyle]?.id;
  return id ? state.pictures.get(id) : undefined;
}

export const job = (id) => state.jobs.find((one) => one.id === id);

let warn = () => {};
let timer = 0;

/** What to do when storage is full. */
export const onFull = (action) => (warn = action);

const prefix = () => `wasserstyle:${state.project}:`;

/** @returns {string|null} */
export function recall(name) {
  try {
    return localStorage.getItem(prefix() + name);
  } catch {
    return null;
  }
}

/** Keep a text, or drop it when null. @param {string} name @param {string|null} text */
export function keep(name, text) {
  try {
    if (text === null) localStorage.removeItem(prefix() + name);
    else localStorage.setItem(prefix() + name, text);
  } catch {
    warn();
  }
}

/** Names that are kept and start like this. */
export function keptNames(start) {
  try {
    const whole = prefix() + start;
    return Object.keys(localStorage).filter((key) => key.startsWith(whole)).map((key) => key.slice(prefix().length));
  } catch {
    return [];
  }
}

function keepSoon() {
  clearTimeout(timer);
  timer = setTimeout(keepNow, WAIT);
}

/** Write the kept part now, as when the page is left. */
export function keepNow() {
  clearTimeout(timer);
  if (!state.project) return;
  keep("page", JSON.stringify(Object.fromEntries(KEPT.map((name) => [name, state[name]]))));
}

/** Take back what an earlier visit kept; pictures the project has no more are left out. */
export function recallPage() {
  const text = recall("page");
  if (!text) return;
  try {
    const kept = JSON.parse(text);
    for (const name of KEPT) if (typeof kept[name] === typeof state[name] || state[name] === null) state[name] = kept[name] ?? state[name];
  } catch {
    return;
  }
  if (!state.pictures.has(state.content)) state.content = null;
  state.styles = state.styles.filter((style) => state.pictures.has(style.id));
  state.activeStyle = Math.max(0, Math.min(state.activeStyle, state.styles.length - 1));
}

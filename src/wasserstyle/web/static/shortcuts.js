// Keys: one letter for each tool, and the usual chords; shown in the help dialog.
// Never in text fields or dialogs, and single letters can be switched off.

import { byId } from "./dom.js";
import { redo, undo } from "./panes.js";
import { chooseNth } from "./regions.js";
import { chooseTool, resizeBrush } from "./toolbar.js";
import { changed, on, state } from "./store.js";

const TOOLS = { b: "brush", e: "eraser", f: "fill", w: "wand", p: "point", h: "hand" };
const TYPING = "input:not([type=radio]):not([type=checkbox]):not([type=range]), textarea, select, [contenteditable]";

/** @param {{editors: Record<string, import("./editor.js").Editor>, go: () => void}} actions */
export function setUpShortcuts({ editors, go }) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const done = event.ctrlKey || event.metaKey ? chord(event, go) : !event.altKey && single(event, editors);
    if (done) event.preventDefault();
  });
  byId("help-open").addEventListener("click", () => byId("help").showModal());
  byId("shortcuts").addEventListener("change", (event) => {
    state.shortcuts = event.target.checked;
    changed("shortcuts");
  });
  on(["shortcuts"], draw);
  draw();
}

function draw() {
  byId("shortcuts").checked = state.shortcuts;
}

function chord(event, go) {
  const key = event.key.toLowerCase();
  if (key === "enter") return (go(), true);
  if (key === "z" && event.shiftKey) return (redo(state.active), true);
  if (key === "z") return (undo(state.active), true);
  if (key === "y") return (redo(state.active), true);
  return false;
}

function single(event, editors) {
  if (!state.shortcuts || state.view !== "pictures") return event.key === "?" && (byId("help").showModal(), true);
  const key = event.key.toLowerCase();
  const editor = editors[state.active];
  if (TOOLS[key]) return (chooseTool(TOOLS[key]), true);
  const actions = {
    "[": () => resizeBrush(-1), "]": () => resizeBrush(1), "+": () => editor.zoom(1.4), "=": () => editor.zoom(1.4),
    "-": () => editor.zoom(1 / 1.4), "0": () => editor.fit(), "?": () => byId("help").showModal(),
  };
  if (actions[key]) return (actions[key](), true);
  return /^[1-9]$/.test(key) && (chooseNth(Number(key)), true);
}

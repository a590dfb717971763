// Start: fetch what there is, take back what an earlier visit kept, and wire the parts together.
//
// Attributes `data-testid` that browser tests may rely on (N counts from 1):
//   page        app (data-ready="true" when started), connection, toast, announcer, theme, help-open, help, shortcuts
//   views       view-pictures, view-result
//   tools       tool-brush, tool-eraser, tool-fill, tool-wand, tool-point, tool-hand,
//               brush-size, tolerance, connected, opacity
//   regions     region-N, region-name, region-add, region-delete, region-warning, hint
//   a side      content-… and style-…: pane, canvas (data-loaded: picture id, data-scale), name, choose, pick (when empty),
//               undo, redo, zoom-in, zoom-out, zoom-fit, menu, import-mask, export-mask, clear
//   styles      style-tab-N, style-weight, style-add, style-remove
//   picker      picker, picker-file, picker-close, example-content-N, example-style-N, project-ID
//   points      points, pin-row-N, pin-N-content-x, pin-N-content-y, pin-N-style-x, pin-N-style-y, pin-delete-N,
//               points-import, points-export
//   settings    settings, method, preset-NAME, setting-NAME (choices of two: setting-NAME-CHOICE), setting-content_weight-slider,
//               size-256…, more-settings
//   a job       go, mini, result-image (data-version), result-title, status (data-status), progress, curve,
//               fact-NAME, notes, job-error, stop, cancel, resume, continue, restore, delete, compare, compare-slider, actual-size,
//               download-png, download-tif, download-jpg, download-webp, copy-command, command, command-text
//   history     history, job-N (data-status), job-N-look, job-N-restore, job-N-delete, confirm, confirm-yes, open-result

import { api } from "./api.js";
import { byId, later, toast, trying } from "./dom.js";
import { Editor } from "./editor.js";
import { setUpGestures } from "./gestures.js";
import { go, setUpJobs } from "./jobs.js";
import { resetRegions } from "./palette.js";
import { setUpPane } from "./panes.js";
import { setUpPictures } from "./pictures.js";
import { setUpPinList } from "./pinlist.js";
import { setUpRegions } from "./regions.js";
import { setUpSettings } from "./settings.js";
import { dropOthers, keepMasks } from "./sheets.js";
import { setUpShortcuts } from "./shortcuts.js";
import { changed, keepNow, on, onFull, recallPage, state } from "./store.js";
import { setUpStrip } from "./strip.js";
import { setUpToolbar } from "./toolbar.js";
import { Viewport } from "./viewport.js";

async function start() {
  const [server, methods] = await Promise.all([api.state(), api.methods()]);
  takeServer(server);
  recallPage();
  if (!state.regions.length) resetRegions();
  setUpTheme();
  setUpViews();
  setUpDialogs();
  setUpToolbar();
  setUpRegions();
  const editors = setUpEditors();
  setUpPinList();
  setUpPictures();
  setUpSettings(methods);
  setUpJobs();
  setUpStrip();
  setUpShortcuts({ editors, go: () => trying(() => go()) });
  setUpKeeping();
  changed("pictures", "regions", "mask", "pins", "active", "tool", "view", "undo");
  byId("app").dataset.ready = "true";
}

function takeServer({ project, pictures, jobs, limits, device, threads }) {
  Object.assign(state, { project: `${project}`, jobs, limits });
  for (const picture of pictures) state.pictures.set(picture.id, picture);
  byId("project").textContent = `${project}`.split(/[\\/]/).filter(Boolean).at(-1) ?? "";
  byId("project").title = [project, device, threads && `${threads} threads`].filter(Boolean).join(" · ");
}

function setUpEditors() {
  const editors = {};
  for (const side of /** @type {import("./store.js").Side[]} */ (["content", "style"])) {
    editors[side] = new Editor(byId(`${side}-canvas`), side, new Viewport());
    setUpGestures(editors[side]);
    setUpPane(side, editors[side]);
  }
  return editors;
}

/** Two views, pictures and result; radio buttons choose. */
function setUpViews() {
  for (const name of ["pictures", "result"])
    byId(`show-${name}`).addEventListener("change", () => {
      state.view = name;
      changed("view");
    });
  on(["view"], () => {
    for (const name of ["pictures", "result"]) {
      byId(`show-${name}`).checked = state.view === name;
      byId(`view-${name}`).hidden = state.view !== name;
    }
  });
}

function setUpDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
}

function setUpTheme() {
  const choice = byId("theme");
  const root = document.documentElement;
  choice.value = root.dataset.theme ?? "auto";
  choice.addEventListener("change", () => {
    if (choice.value === "auto") delete root.dataset.theme;
    else root.dataset.theme = choice.value;
    try {
      localStorage.setItem("wasserstyle:theme", choice.value);
    } catch {
      // Without storage the choice lasts until the page is left.
    }
  });
}

/** Masks are written when a stroke ends, and everything when the page is left. */
function setUpKeeping() {
  const save = () => {
    keepMasks();
    keepNow();
  };
  let told = false;
  onFull(() => {
    dropOthers();
    if (!told) toast("The browser's storage is full: a reload may lose the latest strokes.", { error: true });
    told = true;
  });
  on(["mask"], later(keepMasks, 400));
  addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", save);
}

try {
  await start();
} catch (error) {
  console.error(error);
  toast(error.message, { error: true });
}

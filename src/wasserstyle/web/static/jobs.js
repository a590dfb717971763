// Jobs: Go, what comes back while one is painted, and what can be done with it then.
// The job that is shown is `state.selected`; the strip below shows all of them.

import { api, listen, urls } from "./api.js";
import { announce, byId, make, toast, trying } from "./dom.js";
import { setUpCompare, showResult } from "./compare.js";
import { drawCurve } from "./curve.js";
import { factsOf, isActive, isFinished, statusOf, titleOfJob } from "./words.js";
import { restore, toRequest } from "./request.js";
import { checkSettings } from "./settings.js";
import { changed, job, keepNow, on, state } from "./store.js";

/** @typedef {import("./store.js").Job} Job */

const SUFFIXES = ["png", "tif", "jpg", "webp"];
const LONGEST_CURVE = 800;

export function setUpJobs() {
  setUpCompare();
  const click = (id, work) => byId(id).addEventListener("click", () => trying(async () => work(job(state.selected))));
  click("go", () => go());
  click("stop", ({ id }) => api.act(id, "stop"));
  click("cancel", ({ id }) => api.act(id, "cancel"));
  click("resume", ({ id }) => api.act(id, "resume"));
  click("continue", ({ id }) => go(id));
  click("restore", (one) => restoreJob(one));
  click("delete", ({ id }) => removeJob(id));
  click("copy-command", (one) => copyCommand(one.command));
  click("mini", () => select(running()?.id ?? state.selected));
  on(["jobs", "selected", "compare", "pictures"], drawSoon);
  connect();
  drawSoon();
}

const running = () => state.jobs.findLast((one) => one.status === "running") ?? state.jobs.findLast((one) => one.status === "queued");

let busy = false;

/** Queue what is set on the page. @param {string|null} start job whose picture to go on from */
export async function go(start = null) {
  if (busy || !checkSettings()) return;
  busy = true;
  byId("go").setAttribute("aria-busy", "true");
  try {
    keepNow();
    const made = await api.createJob(await toRequest(start));
    merge(made);
    select(made.id);
    announce(`Job ${made.number} is ${made.status === "queued" ? "in the queue" : "started"}`);
  } finally {
    busy = false;
    byId("go").removeAttribute("aria-busy");
  }
}

/** Show a job. @param {string} id */
export function select(id) {
  if (!id) return;
  state.selected = id;
  state.view = "result";
  changed("selected", "view");
}

/** @param {Job} one */
export async function restoreJob(one) {
  await restore(one.request);
  state.selected = one.id;
  state.view = "pictures";
  changed("selected", "view");
}

/** Delete a job; one with a picture only when asked for twice. @param {string} id */
export async function removeJob(id) {
  const one = job(id);
  const remove = async () => {
    await api.removeJob(id);
    forget(id);
  };
  if (!one?.result) return remove();
  byId("confirm-title").textContent = `Delete ${titleOfJob(one)}?`;
  byId("confirm-yes").onclick = () => (byId("confirm").close(), trying(remove));
  return byId("confirm").showModal();
}

function forget(id) {
  state.jobs = state.jobs.filter((one) => one.id !== id);
  if (state.selected === id) state.selected = state.jobs[0]?.id ?? null;
  changed("jobs", "selected");
}

async function copyCommand(command) {
  try {
    await navigator.clipboard.writeText(command);
    toast("Command copied. Run it in the project folder.");
  } catch {
    byId("command-text").value = command;
    byId("command").showModal();
    byId("command-text").select();
  }
}

/** Put what the server says of a job into the list. @param {any} news a job, or part of one with a `point` */
function merge({ point, ...news }) {
  const known = job(news.id);
  if (!known && !news.request) return trying(async () => merge(await api.job(news.id)));
  const before = known?.status;
  const one = known ? Object.assign(known, news) : { curve: [], notes: [], ...news };
  if (!known) state.jobs.unshift(one);
  if (point) one.curve.push(point);
  if (one.curve.length > LONGEST_CURVE) one.curve = one.curve.filter((_, i) => i % 2 === 0);
  if (before && before !== one.status) sayEnd(one);
  return changed("jobs");
}

function sayEnd(one) {
  if (isFinished(one)) announce(`Job ${one.number}: ${statusOf(one)}`);
  if (one.status === "failed") toast(`Job ${one.number} failed. ${one.error ?? ""}`, { error: true });
}

function connect() {
  listen({
    job: merge,
    removed: forget,
    open: () => trying(refetch),
    lost,
  });
}

function lost(why) {
  byId("connection").textContent = why;
  byId("connection").hidden = false;
}

async function refetch() {
  const { jobs, pictures } = await api.state();
  byId("connection").hidden = true;
  state.jobs = jobs;
  for (const picture of pictures) state.pictures.set(picture.id, picture);
  if (!job(state.selected)) state.selected = jobs[0]?.id ?? null;
  changed("jobs", "selected");
}

let waiting = false;

function drawSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(draw);
}

function draw() {
  waiting = false;
  const one = job(state.selected);
  byId("result-empty").hidden = Boolean(one);
  byId("result-body").hidden = !one;
  drawMini();
  if (!one) return;
  byId("result-title").textContent = titleOfJob(one);
  drawPicture(one);
  drawProgress(one);
  drawActions(one);
}

function drawPicture(one) {
  const content = state.pictures.get(one.request.content);
  const ratio = content ? content.width / content.height : 1;
  const after = one.version > 0 ? urls.preview(one) : "";
  const { result } = one;
  showResult(after, {
    before: urls.view(one.request.content),
    ratio: result ? result.width / result.height : ratio,
    alt: `Result of ${titleOfJob(one)}`,
    actual: result ? `${urls.result(one.id, "jpg")}?v=${one.version}` : "",
    pixels: result?.width ?? 0,
  });
  byId("waiting").hidden = Boolean(after);
  byId("waiting").textContent = one.status === "queued" ? "Waiting in the queue" : isActive(one) ? "The first strokes are on their way" : "No picture";
  byId("compare-part").hidden = !after;
}

function drawProgress(one) {
  const status = byId("status");
  status.textContent = statusOf(one);
  status.dataset.status = one.status;
  byId("progress").hidden = one.status !== "running";
  setProgress(byId("progress"), one);
  byId("facts").replaceChildren(...factsOf(one).flatMap(([name, value]) => [make("dt", {}, name), make("dd", { data: { testid: `fact-${name.toLowerCase().replaceAll(" ", "-")}` } }, value)]));
  drawCurve(/** @type {any} */ (byId("curve")), one.curve ?? []);
  byId("job-error").textContent = one.status === "failed" ? (one.error ?? "It failed without a word.") : "";
  byId("notes").replaceChildren(...(one.notes ?? []).map((note) => make("li", {}, note)));
  announceProgress(one);
}

function drawActions(one) {
  const kept = Boolean(one.result);
  const show = (id, is) => (byId(id).hidden = !is);
  show("stop", one.status === "running");
  show("cancel", isActive(one));
  show("resume", ["stopped", "failed"].includes(one.status));
  show("continue", kept);
  show("continue-help", kept);
  show("downloads", kept);
  show("delete", !isActive(one));
  byId("copy-command").disabled = !one.command;
  for (const suffix of SUFFIXES) byId(`download-${suffix}`).href = urls.result(one.id, suffix);
}

/** The job at work, below the settings, wherever one looks. */
function drawMini() {
  const one = running();
  byId("mini").hidden = !one;
  const waitingCount = state.jobs.filter(({ status }) => status === "queued").length;
  byId("queue-note").textContent = one ? `Go adds to the queue${waitingCount ? `; ${waitingCount} waiting` : ""}.` : "";
  if (!one) return;
  byId("mini-text").textContent = `No. ${one.number}: ${statusOf(one)}`;
  setProgress(byId("mini-progress"), one);
}

/** How far; before the first step the bar only says that something goes on. */
function setProgress(bar, { status, progress }) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (progress || status === "queued" || still) bar.value = progress?.fraction ?? 0;
  else bar.removeAttribute("value");
}

let said = { id: "", stage: 0, at: 0 };
const SILENCE = 10_000;

/** Progress in words for screen readers, at a new scale or every ten seconds. */
function announceProgress(one) {
  if (one.status !== "running" || !one.progress) return;
  const { stage } = one.progress;
  const fresh = said.id !== one.id || said.stage !== stage;
  if (!fresh && Date.now() - said.at < SILENCE) return;
  said = { id: one.id, stage, at: Date.now() };
  announce(statusOf(one));
}

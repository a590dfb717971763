// What is said of a job: its title, state and facts, in plain words.
// Pure functions of a job.

import { state } from "./store.js";

/** @typedef {import("./store.js").Job} Job */

const STATUS = { queued: "in the queue", running: "painting", stopped: "stopped", done: "done", failed: "failed", cancelled: "cancelled" };

export const isActive = ({ status }) => status === "queued" || status === "running";
export const isFinished = (one) => !isActive(one);

const stem = (id) => (state.pictures.get(id)?.name ?? "?").replace(/\.[^.]+$/, "");

/** Names of its pictures. @param {Job} one */
export function picturesOf({ request }) {
  return `${stem(request.content)} × ${request.styles.map(({ id }) => stem(id)).join(" + ")}`;
}

/** @param {Job} one */
export const titleOfJob = (one) => `No. ${one.number}: ${picturesOf(one)}`;

/** Seconds as people say them. */
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** @param {Job} one */
export function statusOf(one) {
  const { status, progress } = one;
  if (status !== "running" || !progress) return STATUS[status] ?? status;
  const left = progress.seconds_left;
  return `${Math.floor(100 * progress.fraction)} %${Number.isFinite(left) ? `, about ${duration(left)} left` : ""}`;
}

/** Name and value pairs. @param {Job} one @returns {string[][]} */
export function factsOf(one) {
  const { progress, result, request, status } = one;
  const facts = [];
  if (result) facts.push(["Size", `${result.width} × ${result.height} px`], ["Time", duration(result.seconds)]);
  if (progress && status !== "done") {
    facts.push(["Scale", `${progress.stage} of ${progress.stages} (${progress.size} px)`]);
    facts.push(["Step", `${progress.iteration} of ${progress.iterations}`]);
  }
  if (progress) facts.push(["Objective", Number(progress.objective).toPrecision(4)]);
  facts.push(["Preset", request.preset ?? "default"]);
  for (const [name, value] of Object.entries({ ...request.settings, seed: request.run?.seed }))
    if (value !== undefined) facts.push([name.replaceAll("_", " "), `${value}`]);
  return facts.map(([name, value]) => [name[0].toUpperCase() + name.slice(1), value]);
}

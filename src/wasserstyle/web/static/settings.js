// The form of settings, made from what the server says of its methods; nothing is listed here.
// Presets come first; a value that equals its preset is not sent.

import { byId, make, toast } from "./dom.js";
import { changed, on, state } from "./store.js";
import { fieldRow, titleOf } from "./fields.js";

/** Settings worth being in front, if a method has them. */
const FRONT = ["content_weight"];

export const method = () => state.methods.methods.find(({ name }) => name === state.form.method);
export const preset = () => method().presets.find(({ name }) => name === state.form.preset) ?? method().presets[0];

/** Take the server's methods, and mend a form that does not fit them. */
export function setUpSettings(methods) {
  state.methods = methods;
  const { form } = state;
  if (!method()) Object.assign(form, { method: methods.default, values: {} });
  form.preset = preset().name;
  form.values = Object.fromEntries(Object.entries(form.values).filter(([name]) => name in preset().values));
  const defaults = Object.fromEntries(methods.run.map((field) => [field.name, field.default]));
  form.run = { ...defaults, ...form.run };
  on(["form"], draw);
  draw();
}

function draw() {
  byId("method-part").replaceChildren(...(state.methods.methods.length > 1 ? [methodChoice()] : []));
  byId("presets").replaceChildren(...method().presets.map(presetCard));
  const { fields } = method();
  const front = fields.filter(({ name }) => FRONT.includes(name));
  const rest = fields.filter(({ name }) => !FRONT.includes(name));
  const [size, ...run] = state.methods.run;
  const pair = make("div", { className: "pair" }, ...run.map(runRow));
  byId("front-settings").replaceChildren(runRow(size), ...front.map(settingRow), pair);
  byId("more-settings").replaceChildren(...rest.map(settingRow));
  drawCount();
}

/** How many of the folded settings differ from the preset. */
function drawCount() {
  const count = Object.keys(state.form.values).filter((name) => !FRONT.includes(name)).length;
  byId("changed-count").textContent = count ? `${count} changed` : "";
}

function methodChoice() {
  const select = make("select", { id: "method", data: { testid: "method" } }, ...state.methods.methods.map(({ name, title }) => make("option", { value: name, selected: name === state.form.method }, `${name}: ${title}`)));
  select.addEventListener("change", () => choose(select.value, "default"));
  return make("div", { className: "field" }, make("label", { htmlFor: "method" }, "Method"), select);
}

function presetCard({ name, title }) {
  const checked = name === state.form.preset;
  const input = make("input", { type: "radio", name: "preset", value: name, checked, data: { testid: `preset-${name}` }, onchange: () => choose(state.form.method, name) });
  return make("label", { className: "card" }, input, make("span", { className: "card-name" }, titleOf(name)), make("span", { className: "card-text" }, title));
}

/** A preset is a fresh start: values changed by hand are reset. */
function choose(methodName, presetName) {
  const lost = Object.keys(state.form.values).length;
  Object.assign(state.form, { method: methodName, preset: presetName, values: {} });
  changed("form");
  byId("presets").querySelector("input:checked")?.focus();
  if (lost) toast("Changed values were reset to the preset.");
}

function settingRow(field) {
  const base = preset().values[field.name];
  const { values } = state.form;
  return fieldRow(field, {
    value: values[field.name] ?? base,
    base,
    set(value) {
      if (JSON.stringify(value) === JSON.stringify(base)) delete values[field.name];
      else values[field.name] = value;
      drawCount();
      changed("values");
    },
  });
}

function runRow(field) {
  const { run } = state.form;
  return fieldRow(field, {
    value: run[field.name],
    base: field.default,
    set(value) {
      run[field.name] = value;
      changed("values");
    },
  });
}

/** False if a value is not allowed; then it is shown. */
export function checkSettings() {
  const wrong = byId("settings").querySelector("input:invalid, [aria-invalid='true']");
  if (!wrong) return true;
  wrong.closest("details")?.setAttribute("open", "");
  wrong.focus();
  toast(`Please mend “${wrong.dataset.title ?? wrong.name}” first.`, { error: true });
  return false;
}

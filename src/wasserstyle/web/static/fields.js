// One row of the settings form: label, input, help and source, and a button back to the preset's value.
// What is shown follows from the kind and limits of a field as the server describes it.

import { icon, make } from "./dom.js";

/**
 * @typedef {{name: string, kind: "number"|"integer"|"choice"|"text"|"list", default: any, help: string,
 *   source: string, low: number|null, high: number|null, choices: string[]|null}} Field
 * @typedef {{value: any, base: any, set: (value: any) => void}} Binding base: value of the preset
 */

/** Common sizes, offered as buttons where they are allowed. */
const SIZES = [256, 512, 1024, 2048];
/** A weight is a slider from an eighth to eight times, in logarithms. */
const OCTAVES = 3;
const FEW = 2;

/** A name as words: content_weight becomes “Content weight”. */
export function titleOf(name) {
  const words = name.replaceAll("_", " ").replace(/\bcolor\b/g, "colours");
  return words[0].toUpperCase() + words.slice(1);
}

/** @param {Field} field @param {Binding} binding */
export function fieldRow(field, binding) {
  const row = make("div", { className: "field", data: { field: field.name } });
  const reset = make("button", { type: "button", className: "quiet reset", title: "Back to the preset's value", aria: { label: `Reset ${titleOf(field.name)}` } }, icon("undo"));
  const set = (value) => {
    binding.value = value;
    reset.hidden = JSON.stringify(value) === JSON.stringify(binding.base);
    binding.set(value);
  };
  const control = controlOf(field, binding, set);
  reset.hidden = JSON.stringify(binding.value) === JSON.stringify(binding.base);
  reset.addEventListener("click", () => (control.show(binding.base), set(binding.base), control.focus()));
  row.append(make("div", { className: "field-head" }, control.label, reset), control.body, help(field));
  return row;
}

const idOf = ({ name }) => `setting-${name}`;

function help({ help: text, source, ...field }) {
  const sentence = text ? text[0].toUpperCase() + text.slice(1) : "";
  return make("p", { className: "help", id: `${idOf(field)}-help` }, sentence, source && make("span", { className: "source" }, ` (${source})`));
}

/** What a number may be, in words. @param {Field} field */
function limitsOf({ kind, low, high }) {
  const range = [Number.isFinite(low) ? `at least ${low}` : "", Number.isFinite(high) ? `at most ${high}` : ""].filter(Boolean).join(", ");
  return `${kind === "integer" ? "A whole number" : "A number"}${range ? `, ${range}` : ""}.`;
}

function controlOf(field, binding, set) {
  if (field.kind === "choice") return (field.choices.length <= FEW ? radios : select)(field, binding, set);
  if (field.kind === "list" && field.choices?.length) return checkboxes(field, binding, set);
  if (field.kind === "number" || field.kind === "integer") return number(field, binding, set);
  return text(field, binding, set);
}

const shared = (field) => ({ id: idOf(field), data: { testid: idOf(field), title: titleOf(field.name) }, aria: { describedby: `${idOf(field)}-help` } });
const labelFor = (field) => make("label", { htmlFor: idOf(field) }, titleOf(field.name));

function number(field, binding, set) {
  const whole = field.kind === "integer";
  const input = make("input", { type: "number", ...shared(field), step: whole ? 1 : "any", required: true, value: binding.value, min: field.low ?? undefined, max: field.high ?? undefined });
  const extra = extras(field, input);
  const wrong = make("p", { className: "wrong", hidden: true, role: "alert" }, limitsOf(field));
  const check = () => {
    const good = input.checkValidity();
    input.setAttribute("aria-invalid", `${!good}`);
    wrong.hidden = good;
    return good;
  };
  const show = (value) => {
    input.value = value;
    extra?.show(value);
    check();
  };
  input.addEventListener("input", () => {
    if (!check()) return;
    extra?.show(input.valueAsNumber);
    set(input.valueAsNumber);
  });
  show(binding.value);
  return { label: labelFor(field), body: make("div", { className: "control" }, input, extra?.body, wrong), show, focus: () => input.focus() };
}

/** What makes a number easier to set: buttons for sizes, a slider for weights. */
function extras(field, input) {
  const put = (value) => {
    input.value = value;
    input.dispatchEvent(new Event("input"));
  };
  if (field.name === "size") return sizes(field, put);
  return field.name.endsWith("content_weight") ? slider(field, put) : null;
}

function sizes(field, put) {
  const fitting = SIZES.filter((size) => size >= (field.low ?? 0) && size <= (field.high ?? Infinity));
  const buttons = fitting.map((size) => make("button", { type: "button", value: size, onclick: () => put(size), data: { testid: `size-${size}` } }, `${size}`));
  const show = (value) => buttons.forEach((button) => button.setAttribute("aria-pressed", `${Number(button.value) === value}`));
  return { body: make("div", { className: "segments", role: "group", aria: { label: "Common sizes in pixels" } }, ...buttons), show };
}

function slider(field, put) {
  const range = make("input", { type: "range", min: -OCTAVES, max: OCTAVES, step: 0.05, aria: { label: `${titleOf(field.name)}, slider` }, data: { testid: `${idOf(field)}-slider` } });
  range.addEventListener("input", () => put(Number((2 ** range.valueAsNumber).toPrecision(3))));
  const show = (value) => {
    range.value = Math.log2(value);
    range.setAttribute("aria-valuetext", `${value}`);
  };
  const ends = make("div", { className: "ends", aria: { hidden: "true" } }, make("span", {}, "more style"), make("span", {}, "more content"));
  return { body: make("div", { className: "slider" }, range, ends), show };
}

function select(field, binding, set) {
  const input = make("select", shared(field), ...field.choices.map((choice) => make("option", { value: choice }, choice)));
  const show = (value) => (input.value = value);
  input.addEventListener("change", () => set(input.value));
  show(binding.value);
  return { label: labelFor(field), body: make("div", { className: "control" }, input), show, focus: () => input.focus() };
}

function radios(field, binding, set) {
  const inputs = field.choices.map((choice) => make("input", { type: "radio", name: idOf(field), value: choice, data: { testid: `${idOf(field)}-${choice}` }, onchange: () => set(choice) }));
  const labels = inputs.map((input) => make("label", {}, input, make("span", {}, input.value)));
  const show = (value) => inputs.forEach((input) => (input.checked = input.value === value));
  show(binding.value);
  const label = make("span", { id: `${idOf(field)}-label`, className: "label" }, titleOf(field.name));
  const aria = { labelledby: `${idOf(field)}-label`, describedby: `${idOf(field)}-help` };
  return { label, body: make("div", { className: "segments", role: "radiogroup", aria }, ...labels), show, focus: () => inputs[0].focus() };
}

function checkboxes(field, binding, set) {
  const inputs = field.choices.map((choice) => make("input", { type: "checkbox", value: choice }));
  const read = () => inputs.filter((input) => input.checked).map((input) => input.value);
  for (const input of inputs) input.addEventListener("change", () => (read().length ? set(read()) : (input.checked = true)));
  const show = (value) => inputs.forEach((input) => (input.checked = value.includes(input.value)));
  show(binding.value);
  const label = make("span", { id: `${idOf(field)}-label`, className: "label" }, titleOf(field.name));
  const labels = inputs.map((input) => make("label", { className: "check" }, input, input.value));
  return { label, body: make("div", { className: "checks", role: "group", aria: { labelledby: `${idOf(field)}-label` } }, ...labels), show, focus: () => inputs[0].focus() };
}

/** Text, and lists as words between commas. */
function text(field, binding, set) {
  const many = field.kind === "list";
  const input = make("input", { type: "text", ...shared(field), required: many, autocomplete: "off", spellcheck: false });
  const show = (value) => (input.value = many ? (value ?? []).join(", ") : (value ?? ""));
  input.addEventListener("change", () => set(many ? input.value.split(",").map((word) => word.trim()).filter(Boolean) : input.value));
  show(binding.value);
  return { label: labelFor(field), body: make("div", { className: "control" }, input), show, focus: () => input.focus() };
}

// What pointers, wheel and arrow keys do on a canvas: paint, fill, pin, pan and zoom.
// Two fingers always pan and zoom; a stroke begun by the first of them is taken back.

import { announce } from "./dom.js";
import { dragPin, movePin, placePin, removePin, whereIs } from "./pins.js";
import { regions } from "./palette.js";
import { changed, state } from "./store.js";

/** A finger or mouse that moved less than this has clicked. */
const STILL = 6;
/** An arrow key moves the cursor by this many CSS pixels; with Shift, ten times as far. */
const STRIDE = 8;

/** Region that the current tool paints; 0 erases. */
const ink = () => (state.tool.name === "eraser" ? 0 : state.region);
const isBrush = () => ["brush", "eraser"].includes(state.tool.name);

/** @param {import("./editor.js").Editor} editor */
export function setUpGestures(editor) {
  const { canvas } = editor;
  const gestures = new Gestures(editor);
  canvas.addEventListener("pointerdown", (event) => gestures.down(event));
  canvas.addEventListener("pointermove", (event) => gestures.move(event));
  canvas.addEventListener("pointerup", (event) => gestures.up(event));
  canvas.addEventListener("pointercancel", (event) => gestures.cancel(event));
  canvas.addEventListener("pointerleave", () => gestures.leave());
  canvas.addEventListener("wheel", (event) => wheel(editor, event), { passive: false });
  canvas.addEventListener("keydown", (event) => press(editor, event));
  canvas.addEventListener("keyup", (event) => release(editor, event));
  canvas.addEventListener("focus", () => editor.activate());
  canvas.addEventListener("blur", () => (release(editor, { key: " " }), editor.draw()));
}

class Gestures {
  constructor(editor) {
    this.editor = editor;
    /** @type {Map<number, number[]>} Where each finger is. */
    this.fingers = new Map();
    /** @type {{kind: string, start: number[], last: number[], pin?: number, from?: any}|null} */
    this.action = null;
  }

  #at(event) {
    const { left, top } = this.editor.canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  down(event) {
    const { editor } = this;
    if (!editor.picture || event.button === 2) return;
    const at = this.#at(event);
    editor.canvas.focus({ preventScroll: true });
    editor.keyboard = false;
    editor.activate();
    editor.canvas.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, at);
    if (this.fingers.size > 1) return this.#abandon();
    return this.#begin(at, event.button === 1);
  }

  #begin(at, middle) {
    const { editor } = this;
    const grabs = ["point", "hand"].includes(state.tool.name) && !middle;
    const pin = grabs ? editor.pinAt(at) : 0;
    const kind = pin ? "drag" : middle || state.tool.name === "hand" ? "pan" : isBrush() ? "paint" : "click";
    this.action = { kind, start: at, last: at, pin, from: pin && whereIs(pin, editor.side) };
    if (pin) ((state.pin = pin), changed("tool"));
    if (kind !== "paint") return;
    editor.sheet.begin();
    this.#paint(at, at);
  }

  #paint(from, to) {
    const { viewport, sheet } = this.editor;
    sheet.line(viewport.toPicture(...from), viewport.toPicture(...to), state.tool.size, ink());
    this.editor.draw();
  }

  move(event) {
    const at = this.#at(event);
    this.editor.pointer = event.pointerType === "touch" ? null : at;
    this.editor.draw();
    if (!this.fingers.has(event.pointerId)) return;
    if (this.fingers.size > 1) return this.#pinch(event.pointerId, at);
    this.fingers.set(event.pointerId, at);
    return this.#follow(event, at);
  }

  #follow(event, at) {
    const { action, editor } = this;
    if (!action) return;
    const [dx, dy] = [at[0] - action.last[0], at[1] - action.last[1]];
    if (action.kind === "pan") editor.viewport.pan(dx, dy);
    if (action.kind === "drag") dragPin(action.pin, editor.side, editor.viewport.toPicture(...at));
    if (action.kind === "paint") this.#paintAll(event);
    action.last = at;
  }

  /** All positions between two frames, so that fast strokes are round. */
  #paintAll(event) {
    const events = event.getCoalescedEvents?.() ?? [];
    let from = this.action.last;
    for (const one of events.length ? events : [event]) {
      const to = this.#at(one);
      this.#paint(from, to);
      from = to;
    }
  }

  #pinch(id, at) {
    const before = [...this.fingers.values()].slice(0, 2);
    this.fingers.set(id, at);
    const after = [...this.fingers.values()].slice(0, 2);
    const middle = ([one, two]) => [(one[0] + two[0]) / 2, (one[1] + two[1]) / 2];
    const span = ([one, two]) => Math.hypot(one[0] - two[0], one[1] - two[1]) || 1;
    const [old, now] = [middle(before), middle(after)];
    this.editor.viewport.pan(now[0] - old[0], now[1] - old[1]);
    this.editor.viewport.zoom(span(after) / span(before), ...now);
    this.editor.draw();
  }

  up(event) {
    if (!this.fingers.delete(event.pointerId) || !this.action) return;
    const { action, editor } = this;
    this.action = null;
    const at = this.#at(event);
    const still = Math.hypot(at[0] - action.start[0], at[1] - action.start[1]) < STILL;
    if (action.kind === "paint") editor.sheet.commit();
    if (action.kind === "drag") this.#drop(action);
    if (action.kind === "click" && still) use(editor, editor.viewport.toPicture(...at));
  }

  /** A pin that was really moved makes one step of undo. */
  #drop({ pin, from }) {
    const { side } = this.editor;
    const now = whereIs(pin, side);
    if (now && now.xy !== from.xy) movePin(pin, side, now.xy, from);
  }

  cancel(event) {
    this.fingers.delete(event.pointerId);
    this.#abandon();
  }

  #abandon() {
    const { action, editor } = this;
    this.action = null;
    if (action?.kind === "paint") editor.sheet.abandon();
    if (action?.kind === "drag") dragPin(action.pin, editor.side, action.from.xy);
    editor.draw();
  }

  leave() {
    this.editor.pointer = null;
    this.editor.draw();
  }
}

/** Fill, wand or pin at a position on the picture. */
function use(editor, xy) {
  if (xy.some((value) => value < 0 || value > 1)) return;
  const { sheet, side, image } = editor;
  if (state.tool.name === "fill") sheet.fill(xy, ink());
  if (state.tool.name === "wand" && image) sheet.wand(xy, ink(), image, state.tool);
  if (state.tool.name === "point") placePin(side, xy);
}

function wheel(editor, event) {
  const scrolls = document.documentElement.scrollHeight > window.innerHeight + 2;
  if (!editor.picture || (scrolls && !event.ctrlKey && !event.metaKey)) return;
  event.preventDefault();
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
  const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015));
  const { left, top } = editor.canvas.getBoundingClientRect();
  editor.viewport.zoom(factor, event.clientX - left, event.clientY - top);
  editor.draw();
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function press(editor, event) {
  if (!editor.picture || event.ctrlKey || event.metaKey || event.altKey) return;
  if (ARROWS[event.key]) arrow(editor, ARROWS[event.key], event.shiftKey);
  else if (event.key === " " || event.key === "Enter") act(editor, event);
  else if (event.key === "Delete" && state.pin) removePin(state.pin);
  else return;
  event.preventDefault();
}

function arrow(editor, [dx, dy], far) {
  const { viewport } = editor;
  const stride = far ? 10 * STRIDE : STRIDE;
  editor.keyboard = true;
  if (state.tool.name === "hand") viewport.pan(-dx * 5 * stride, -dy * 5 * stride);
  else moveCursor(editor, dx * stride, dy * stride);
  editor.draw();
}

function moveCursor(editor, dx, dy) {
  const { viewport, sheet } = editor;
  const [x, y] = viewport.toCanvas(editor.cursor);
  const from = editor.cursor;
  editor.cursor = viewport.toPicture(x + dx, y + dy).map((value) => Math.min(1, Math.max(0, value)));
  viewport.reveal(editor.cursor);
  if (editor.pressing) sheet.line(from, editor.cursor, state.tool.size, ink());
  sayPlace(editor);
}

function sayPlace({ cursor, sheet }) {
  const index = sheet.mask.data[sheet.mask.pixelAt(cursor.map((value) => Math.min(value, 0.99999)))];
  const name = regions().find((region) => region.index === index)?.name ?? "no region";
  announce(`${cursor.map((value) => Math.round(100 * value)).join(", ")} per cent: ${name}`);
}

/** Space and Enter: paint, fill or pin at the cursor; brushes paint on while Space is held. */
function act(editor, event) {
  editor.keyboard = true;
  if (event.repeat) return;
  if (!isBrush()) return use(editor, editor.cursor);
  const { sheet, cursor } = editor;
  sheet.begin();
  sheet.line(cursor, cursor, state.tool.size, ink());
  if (event.key === "Enter") sheet.commit();
  else editor.pressing = true;
  return editor.draw();
}

function release(editor, event) {
  if (event.key !== " " || !editor.pressing) return;
  editor.pressing = false;
  editor.sheet?.commit();
}

// One canvas: the picture, its painted regions, the pins, and a cursor for the keyboard.
// What pointers and keys do is in gestures.js; this file draws, once per frame at most.

import { urls } from "./api.js";
import { pinsOn } from "./pins.js";
import { changed, on, pictureOn, state } from "./store.js";
import { sheetOn } from "./sheets.js";

const PIN_RADIUS = 11;

export class Editor {
  /** @param {HTMLCanvasElement} canvas @param {import("./store.js").Side} side @param {import("./viewport.js").Viewport} viewport */
  constructor(canvas, side, viewport) {
    this.canvas = canvas;
    this.side = side;
    this.viewport = viewport;
    this.context = canvas.getContext("2d");
    /** @type {HTMLImageElement|null} */
    this.image = null;
    this.shown = "";
    this.pointer = null;
    this.cursor = [0.5, 0.5];
    this.keyboard = false;
    this.waiting = false;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    on(["pictures"], () => this.load());
    on(["mask", "pins", "regions", "tool", "active"], () => this.draw());
  }

  get picture() {
    return pictureOn(this.side);
  }

  get sheet() {
    return sheetOn(this.side);
  }

  /** Get the picture that belongs here now. */
  async load() {
    const { picture } = this;
    if (picture?.id === this.shown) return this.draw();
    this.shown = picture?.id ?? "";
    this.image = null;
    this.draw();
    if (!picture) return undefined;
    this.viewport.show(picture);
    this.canvas.setAttribute("aria-label", `${this.side === "content" ? "Content" : "Style"}: ${picture.name}`);
    const image = new Image();
    image.src = urls.view(picture.id);
    await image.decode().catch(() => {});
    if (picture.id !== this.shown) return undefined;
    this.image = image;
    this.canvas.dataset.loaded = picture.id;
    return this.draw();
  }

  #resize() {
    const { width, height } = this.canvas.getBoundingClientRect();
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.viewport.resize(width, height);
    this.#paint();
  }

  /** Draw at the next frame. */
  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.waiting = false;
    const { context, canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.picture) return;
    this.#paintPicture();
    this.#paintPins();
    this.#paintCursor();
    this.canvas.dataset.scale = this.viewport.scale.toFixed(4);
  }

  #paintPicture() {
    const { context, viewport, sheet } = this;
    const { left, top, scale, picture } = viewport;
    const place = [left, top, picture.width * scale, picture.height * scale];
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    if (this.image) context.drawImage(this.image, ...place);
    if (!sheet) return;
    context.globalAlpha = state.tool.opacity;
    context.imageSmoothingEnabled = false;
    context.drawImage(sheet.layer, ...place);
    context.globalAlpha = 1;
  }

  #paintPins() {
    for (const { pin, number } of pinsOn(this.side)) this.#paintPin(this.viewport.toCanvas(pin[this.side]), number, pin.id === state.pin);
  }

  #paintPin([x, y], number, chosen) {
    const { context } = this;
    disc(context, x, y, PIN_RADIUS + (chosen ? 3.5 : 2), "#fff");
    disc(context, x, y, PIN_RADIUS + (chosen ? 1 : 0), "#111");
    context.fillStyle = "#fff";
    context.font = "600 12px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(`${number}`, x, y + 0.5);
  }

  #paintCursor() {
    if (this.keyboard && document.activeElement === this.canvas) this.#paintCross(this.viewport.toCanvas(this.cursor));
    const at = this.keyboard ? this.viewport.toCanvas(this.cursor) : this.pointer;
    if (at && ["brush", "eraser"].includes(state.tool.name)) this.#paintRing(at);
  }

  #paintRing([x, y]) {
    const { scale, picture } = this.viewport;
    const radius = Math.max(1, (state.tool.size / 2048) * Math.max(picture.width, picture.height) * scale);
    for (const [colour, width] of [["#000", 3], ["#fff", 1.5]]) ring(this.context, x, y, radius, colour, width);
  }

  #paintCross([x, y]) {
    const { context } = this;
    for (const [colour, width] of [["#000", 4], ["#fff", 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(x - 14, y);
      context.lineTo(x + 14, y);
      context.moveTo(x, y - 14);
      context.lineTo(x, y + 14);
      context.stroke();
    }
  }

  /** The pin under a point of the canvas. @returns {number} its id, or 0 */
  pinAt([x, y], reach = 16) {
    const near = pinsOn(this.side).findLast(({ pin }) => {
      const [px, py] = this.viewport.toCanvas(pin[this.side]);
      return Math.hypot(px - x, py - y) <= reach;
    });
    return near?.pin.id ?? 0;
  }

  /** Undo, zoom and keys go to this canvas from now on. */
  activate() {
    if (state.active === this.side) return;
    state.active = this.side;
    changed("active");
  }

  zoom(factor) {
    this.viewport.zoom(factor);
    this.draw();
  }

  fit() {
    this.viewport.fit();
    this.draw();
  }
}

function disc(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function ring(context, x, y, radius, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

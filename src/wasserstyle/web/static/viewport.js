// Where a picture lies on its canvas: zoom and position, and the way between the two.
// Positions on the picture are fractions of its width and height; on the canvas, CSS pixels.

const ROOM = 0.97;
const CLOSEST = 16;

export class Viewport {
  constructor() {
    this.size = { width: 1, height: 1 };
    this.picture = { width: 1, height: 1 };
    this.fit();
  }

  /** Scale at which the whole picture is seen. */
  get whole() {
    return ROOM * Math.min(this.size.width / this.picture.width, this.size.height / this.picture.height);
  }

  get fitted() {
    return Math.abs(this.scale - this.whole) < 1e-6;
  }

  fit() {
    this.scale = this.whole;
    this.left = (this.size.width - this.picture.width * this.scale) / 2;
    this.top = (this.size.height - this.picture.height * this.scale) / 2;
  }

  /** The canvas changed its size; a fitted picture stays fitted, any other keeps its centre. */
  resize(width, height) {
    const { fitted, size } = this;
    this.size = { width, height };
    if (fitted) return this.fit();
    return this.pan((width - size.width) / 2, (height - size.height) / 2);
  }

  show(picture) {
    this.picture = { width: picture.width, height: picture.height };
    this.fit();
  }

  pan(dx, dy) {
    this.left += dx;
    this.top += dy;
    this.#stayInSight();
  }

  /** Zoom by a factor; what lies under (x, y) stays there. */
  zoom(factor, x = this.size.width / 2, y = this.size.height / 2) {
    const least = this.whole;
    const scale = Math.min(Math.max(CLOSEST, 8 * least), Math.max(least, this.scale * factor));
    const ratio = scale / this.scale;
    this.left = x - (x - this.left) * ratio;
    this.top = y - (y - this.top) * ratio;
    this.scale = scale;
    if (scale === least) this.fit();
    else this.#stayInSight();
  }

  #stayInSight() {
    const { width, height } = this.picture;
    const margin = 40;
    this.left = Math.min(this.size.width - margin, Math.max(margin - width * this.scale, this.left));
    this.top = Math.min(this.size.height - margin, Math.max(margin - height * this.scale, this.top));
  }

  /** @returns {number[]} fractions */
  toPicture(x, y) {
    return [(x - this.left) / (this.picture.width * this.scale), (y - this.top) / (this.picture.height * this.scale)];
  }

  /** @returns {number[]} CSS pixels */
  toCanvas([x, y]) {
    return [this.left + x * this.picture.width * this.scale, this.top + y * this.picture.height * this.scale];
  }

  /** Bring a position into sight. */
  reveal(xy) {
    const [x, y] = this.toCanvas(xy);
    const { width, height } = this.size;
    this.pan(Math.max(0, 20 - x) - Math.max(0, x - width + 20), Math.max(0, 20 - y) - Math.max(0, y - height + 20));
  }
}

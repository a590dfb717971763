// A mask as numbers: which region every pixel belongs to, 0 for none. Pure data, no drawing.
// Painting is hard-edged by construction, so that what is uploaded has the palette's colours only.

export const LONG_SIDE = 1024;
/** Side of the pieces that an undo step keeps. */
const TILE = 64;

/**
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box right and bottom are outside
 */
export class Mask {
  constructor(width, height, data = new Uint8Array(width * height)) {
    this.width = width;
    this.height = height;
    this.data = data;
  }

  /** A mask for a picture: its shape, at most LONG_SIDE long. */
  static for({ width, height }) {
    const scale = Math.min(1, LONG_SIDE / Math.max(width, height));
    return new Mask(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  }

  get longSide() {
    return Math.max(this.width, this.height);
  }

  /** @returns {Box} */
  get whole() {
    return { left: 0, top: 0, right: this.width, bottom: this.height };
  }

  /** Pixels of every region. */
  counts() {
    const counts = new Uint32Array(256);
    for (const index of this.data) counts[index] += 1;
    return counts;
  }

  /** The index of the pixel under a position in fractions, or -1 outside. */
  pixelAt([x, y]) {
    const column = Math.floor(x * this.width);
    const row = Math.floor(y * this.height);
    const inside = column >= 0 && row >= 0 && column < this.width && row < this.height;
    return inside ? row * this.width + column : -1;
  }
}

/** Part of a box that lies in the mask. @returns {Box} */
function clip(mask, box) {
  return {
    left: Math.max(0, Math.floor(box.left)),
    top: Math.max(0, Math.floor(box.top)),
    right: Math.min(mask.width, Math.ceil(box.right)),
    bottom: Math.min(mask.height, Math.ceil(box.bottom)),
  };
}

/** What a stroke changes: the tiles it touched as they were before. */
export class Stroke {
  /** @param {Mask} mask */
  constructor(mask) {
    this.mask = mask;
    /** @type {Map<string, {box: Box, data: Uint8Array}>} */
    this.tiles = new Map();
  }

  /** To be called before pixels of a box change. @param {Box} box */
  touch(box) {
    for (let top = box.top - (box.top % TILE); top < box.bottom; top += TILE)
      for (let left = box.left - (box.left % TILE); left < box.right; left += TILE) this.#keep(left, top);
  }

  #keep(left, top) {
    const key = `${left},${top}`;
    if (this.tiles.has(key)) return;
    const box = clip(this.mask, { left, top, right: left + TILE, bottom: top + TILE });
    this.tiles.set(key, { box, data: cut(this.mask, box) });
  }

  /** Forget tiles that did not change; true if any did. */
  settle() {
    for (const [key, { box, data }] of this.tiles) {
      const now = cut(this.mask, box);
      if (now.every((value, i) => value === data[i])) this.tiles.delete(key);
    }
    return this.tiles.size > 0;
  }

  get bytes() {
    return this.tiles.size * TILE * TILE;
  }

  /** Exchange what the tiles hold with what the mask holds: undo, and redo the next time. */
  swap() {
    for (const tile of this.tiles.values()) {
      const now = cut(this.mask, tile.box);
      paste(this.mask, tile.box, tile.data);
      tile.data = now;
    }
  }
}

function cut(mask, { left, top, right, bottom }) {
  const piece = new Uint8Array((right - left) * (bottom - top));
  for (let row = top, to = 0; row < bottom; row += 1, to += right - left)
    piece.set(mask.data.subarray(row * mask.width + left, row * mask.width + right), to);
  return piece;
}

function paste(mask, { left, top, right, bottom }, piece) {
  const wide = right - left;
  for (let row = top, from = 0; row < bottom; row += 1, from += wide)
    mask.data.set(piece.subarray(from, from + wide), row * mask.width + left);
}

/**
 * Paint what lies within `radius` of the segment from a to b, in pixels of the mask.
 * @returns {Box} what may have changed
 */
export function paintLine(stroke, [ax, ay], [bx, by], radius, index) {
  const { mask } = stroke;
  const box = clip(mask, {
    left: Math.min(ax, bx) - radius,
    top: Math.min(ay, by) - radius,
    right: Math.max(ax, bx) + radius,
    bottom: Math.max(ay, by) + radius,
  });
  stroke.touch(box);
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy || 1;
  for (let row = box.top; row < box.bottom; row += 1)
    for (let column = box.left; column < box.right; column += 1) {
      const [px, py] = [column + 0.5 - ax, row + 0.5 - ay];
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) / length));
      const [ex, ey] = [px - along * dx, py - along * dy];
      if (ex * ex + ey * ey <= radius * radius) mask.data[row * mask.width + column] = index;
    }
  return box;
}

/**
 * Pixels that are accepted, and hang together with the seed if `connected`.
 * @param {number} seed @param {(pixel: number) => boolean} accepts
 */
export function select(mask, seed, accepts, connected) {
  const chosen = new Uint8Array(mask.data.length);
  if (!connected) {
    for (let pixel = 0; pixel < chosen.length; pixel += 1) if (accepts(pixel)) chosen[pixel] = 1;
    return chosen;
  }
  const { width } = mask;
  const waiting = new Int32Array(chosen.length);
  let count = 0;
  const reach = (pixel) => {
    if (pixel < 0 || pixel >= chosen.length || chosen[pixel] || !accepts(pixel)) return;
    chosen[pixel] = 1;
    waiting[count++] = pixel;
  };
  reach(seed);
  while (count > 0) {
    const pixel = waiting[--count];
    const column = pixel % width;
    if (column > 0) reach(pixel - 1);
    if (column < width - 1) reach(pixel + 1);
    reach(pixel - width);
    reach(pixel + width);
  }
  return chosen;
}

/** Give all chosen pixels to a region. @param {Uint8Array} chosen */
export function paintChosen(stroke, chosen, index) {
  const { mask } = stroke;
  stroke.touch(mask.whole);
  for (let pixel = 0; pixel < chosen.length; pixel += 1) if (chosen[pixel]) mask.data[pixel] = index;
}

/** The mask as text: region and run length in turn. @param {Mask} mask */
export function toRuns(mask) {
  const runs = [];
  const { data } = mask;
  for (let start = 0; start < data.length; ) {
    let end = start + 1;
    while (end < data.length && data[end] === data[start]) end += 1;
    runs.push(data[start], end - start);
    start = end;
  }
  return `${mask.width}x${mask.height}:${runs.join(",")}`;
}

/** Read `toRuns` back; null if it is of another shape. @param {Mask} mask empty, of the shape expected */
export function fromRuns(text, mask) {
  const [shape, body] = text.split(":");
  if (shape !== `${mask.width}x${mask.height}` || !body) return null;
  const runs = body.split(",").map(Number);
  let pixel = 0;
  for (let i = 0; i + 1 < runs.length; i += 2) {
    mask.data.fill(runs[i], pixel, pixel + runs[i + 1]);
    pixel += runs[i + 1];
  }
  return mask;
}

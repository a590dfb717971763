// Masks as PNG files: written with a palette, byte for byte, so that no browser can blur a colour.
// Reading takes any picture and gives every frequent colour a region.

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function checksum(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC[(value ^ byte) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}

function chunk(type, data) {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, checksum(bytes.subarray(4, data.length + 8)));
  return bytes;
}

async function deflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** [red, green, blue] of "#rrggbb". */
export const rgbOf = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
export const hexOf = (rgb) => `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;

/** Key of the text that names the regions; not compressed, of no language. */
const TEXT_HEAD = "wasserstyle\0\0\0\0\0";

const namesOf = (regions) => Object.fromEntries(regions.map(({ colour, name }) => [colour, name]));

/** Names by colour that a mask carries. @param {Blob} file @returns {Promise<Record<string, string>>} */
export async function namesIn(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const view = new DataView(bytes.buffer);
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const text = new TextDecoder().decode(bytes.subarray(at + 4, at + 8 + view.getUint32(at)));
    if (text.startsWith(`iTXt${TEXT_HEAD}`)) return namesFrom(text.slice(4 + TEXT_HEAD.length));
  }
  return {};
}

function namesFrom(json) {
  try {
    return JSON.parse(json).regions ?? {};
  } catch {
    return {};
  }
}

/**
 * A mask as an indexed PNG; no region is transparent.
 * @param {import("./mask.js").Mask} mask @param {import("./store.js").Region[]} regions
 */
export async function encode(mask, regions) {
  const colours = new Uint8Array(3 * (Math.max(0, ...regions.map((region) => region.index)) + 1));
  for (const region of regions) colours.set(rgbOf(region.colour), 3 * region.index);
  const header = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);
  new DataView(header.buffer).setUint32(0, mask.width);
  new DataView(header.buffer).setUint32(4, mask.height);
  const parts = [
    new Uint8Array(SIGNATURE),
    chunk("IHDR", header),
    chunk("PLTE", colours),
    chunk("tRNS", new Uint8Array([0])),
    chunk("iTXt", new TextEncoder().encode(TEXT_HEAD + JSON.stringify({ regions: namesOf(regions) }))),
    chunk("IDAT", await deflate(rowsOf(mask))),
    chunk("IEND", new Uint8Array()),
  ];
  return new Blob(parts, { type: "image/png" });
}

/** Every row preceded by its filter, none. */
function rowsOf({ width, height, data }) {
  const rows = new Uint8Array((width + 1) * height);
  for (let row = 0; row < height; row += 1) rows.set(data.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  return rows;
}

/** Pixels of a picture at the size of a mask, RGBA. @param {CanvasImageSource} image */
export function pixelsOf(image, { width, height }, smooth) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingEnabled = smooth;
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

/** Colours nearer than this are the same region: edges, compression. */
const SAME = 60;
/** A colour of its own needs this share of the pixels, in flat parts. */
const FREQUENT = 0.002;
/** Largest difference in a channel to the neighbours of a pixel in a flat part; soft edges are not flat. */
const FLAT = 24;

/**
 * Paint a picture of flat colours into a mask.
 * @param {Blob} file
 * @param {import("./mask.js").Mask} mask of any shape; the picture is scaled to it
 * @param {(colour: string) => number} regionFor the region of a colour
 * @param {string[]} expected colours that are regions however few their pixels
 */
export async function decodeInto(file, mask, regionFor, expected = []) {
  const image = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const pixels = pixelsOf(image, mask, false);
  const kept = frequentColours(pixels, mask.width, new Set(expected)).map((rgb) => ({ rgb, index: regionFor(hexOf(rgb)) }));
  const known = new Map();
  for (let pixel = 0, at = 0; pixel < mask.data.length; pixel += 1, at += 4) {
    const key = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
    if (!known.has(key)) known.set(key, nearest(kept, pixels.subarray(at, at + 3)));
    mask.data[pixel] = pixels[at + 3] < 128 ? 0 : known.get(key);
  }
}

function frequentColours(pixels, width, expected) {
  const counts = new Map();
  for (let at = 0; at < pixels.length; at += 4) {
    if (pixels[at + 3] < 128) continue;
    const key = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
    counts.set(key, (counts.get(key) ?? 0) + Number(isFlat(pixels, at, 4 * width)));
  }
  const ordered = [...counts].sort((one, other) => other[1] - one[1]).map(([key, count]) => ({ count, rgb: [key >> 16, (key >> 8) & 255, key & 255] }));
  const kept = ordered.map(({ rgb }) => rgb).filter((rgb) => expected.has(hexOf(rgb)));
  for (const { rgb, count } of ordered) {
    if (kept.length > 0 && count < (FREQUENT * pixels.length) / 4) break;
    if (kept.every((other) => distance(other, rgb) > SAME)) kept.push(rgb);
  }
  return kept;
}

function isFlat(pixels, at, row) {
  for (const next of [at - row, at - 4, at + 4, at + row])
    for (let i = 0; i < 3; i += 1) if (Math.abs(pixels[next + i] - pixels[at + i]) > FLAT) return false;
  return true;
}

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

function nearest(kept, rgb) {
  let best = { index: 0, far: Infinity };
  for (const { rgb: other, index } of kept) {
    const far = distance(other, rgb);
    if (far < best.far) best = { index, far };
  }
  return best.index;
}

// The objective against progress, as a small SVG line that fills its box.
// Early values are much larger than the rest, so the upper end is cut at a robust height.

const SPACE = "http://www.w3.org/2000/svg";
const WIDTH = 200;
const HEIGHT = 60;

/** @param {SVGElement} svg @param {number[][]} curve [fraction, objective] pairs */
export function drawCurve(svg, curve) {
  const points = curve.filter((pair) => pair.every(Number.isFinite));
  svg.toggleAttribute("hidden", points.length < 2);
  if (points.length < 2) return;
  const line = document.createElementNS(SPACE, "polyline");
  line.setAttribute("points", toText(points));
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("aria-label", `Objective, from ${points[0][1].toPrecision(3)} to ${points.at(-1)[1].toPrecision(3)}`);
  svg.replaceChildren(line);
}

function toText(points) {
  const values = points.map(([, value]) => value).sort((a, b) => a - b);
  const low = values[0];
  const high = Math.max(low + 1e-9, values[Math.floor(0.97 * (values.length - 1))]);
  const y = (value) => HEIGHT - 3 - (HEIGHT - 6) * Math.min(1, (value - low) / (high - low));
  return points.map(([fraction, value]) => `${(fraction * WIDTH).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
}

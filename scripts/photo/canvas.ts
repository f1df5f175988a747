// A canvas of plain pixels for pictures that a program paints: seeded noise, polygons, and colours mixed by hand.

export type Colour = readonly [red: number, green: number, blue: number];
export type Point = readonly [x: number, y: number];
/** The colour of a pixel, 0 to 255 each; it may lie outside and is cut off. */
export type Paint = (x: number, y: number) => Colour;

export const clamp = (value: number, low = 0, high = 1): number => Math.max(low, Math.min(high, value));
export const smooth = (low: number, high: number, value: number): number => {
  const t = clamp((value - low) / (high - low));
  return t * t * (3 - 2 * t);
};
export const mix = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];
export const lighter = (colour: Colour, by: number): Colour => [colour[0] + by, colour[1] + by, colour[2] + by];

/** Numbers from 0 to 1 that are the same each time. */
export function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const LATTICE = 256;
const next = sequence(20_260);
const lattice = Float32Array.from({ length: LATTICE * LATTICE }, () => next());

/** Smooth noise from 0 to 1 with hills about one unit wide. */
export function noise(x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [dx, dy] = [x - left, y - top];
  const [u, v] = [dx * dx * (3 - 2 * dx), dy * dy * (3 - 2 * dy)];
  const upper = (top & 255) << 8;
  const lower = ((top + 1) & 255) << 8;
  const [near, far] = [left & 255, (left + 1) & 255];
  const a = lattice[upper | near] as number;
  const b = lattice[upper | far] as number;
  const c = lattice[lower | near] as number;
  const d = lattice[lower | far] as number;
  const above = a + (b - a) * u;
  return above + (c + (d - c) * u - above) * v;
}

/** Noise upon noise: `octaves` layers, each half as large and half as strong. */
export function layered(x: number, y: number, octaves: number): number {
  let [sum, weight, scale] = [0, 0, 1];
  for (let octave = 0; octave < octaves; octave++) {
    sum += noise(x * scale + octave * 17, y * scale + octave * 31) / scale;
    weight += 1 / scale;
    scale *= 2;
  }
  return sum / weight;
}

export class Canvas {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, row by row. */
  readonly pixels: Uint8ClampedArray;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8ClampedArray(width * height * 3);
  }

  /** Fills the rows from `top` to before `bottom`, from `left` to before `right`. */
  fill(paint: Paint, top: number, bottom: number, left = 0, right = this.width): void {
    const [first, last] = [Math.max(0, Math.ceil(left)), Math.min(this.width, Math.ceil(right))];
    for (let y = Math.max(0, Math.ceil(top)); y < Math.min(this.height, Math.ceil(bottom)); y++) {
      for (let x = first, at = (y * this.width + first) * 3; x < last; x++, at += 3) {
        this.pixels.set(paint(x, y), at);
      }
    }
  }

  /** Fills a polygon, row by row. */
  polygon(points: readonly Point[], paint: Paint): void {
    const ys = points.map(([, y]) => y);
    for (let y = Math.max(0, Math.ceil(Math.min(...ys))); y < Math.min(this.height, Math.max(...ys)); y++) {
      const crossings = points.flatMap(([x1, y1], index) => {
        const [x2, y2] = points[(index + 1) % points.length] as Point;
        return y1 <= y !== y2 <= y ? [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)] : [];
      });
      crossings.sort((a, b) => a - b);
      for (let i = 0; i + 1 < crossings.length; i += 2) this.fill(paint, y, y + 1, crossings[i], crossings[i + 1]);
    }
  }

  /** A straight line, `thick` pixels wide. */
  line([x1, y1]: Point, [x2, y2]: Point, thick: number, paint: Paint): void {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [dx, dy] = [((y2 - y1) / length) * (thick / 2), (-(x2 - x1) / length) * (thick / 2)];
    this.polygon(
      [
        [x1 + dx, y1 + dy],
        [x2 + dx, y2 + dy],
        [x2 - dx, y2 - dy],
        [x1 - dx, y1 - dy],
      ],
      paint,
    );
  }
}

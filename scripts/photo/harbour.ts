// The scene of the demonstration photograph: a harbour in the evening, with a lighthouse, cranes, boats and a wooden jetty.
import { setImmediate } from 'node:timers/promises';
import type { Canvas, Colour, Paint, Point } from './canvas.ts';
import { clamp, layered, lighter, mix, noise, sequence, smooth } from './canvas.ts';

const HORIZON = 1_640;
const BAND = 84;
const SUN: Point = [2_960, 1_330];

const ZENITH: Colour = [46, 84, 142];
const MIDDLE: Colour = [136, 160, 190];
const HAZE: Colour = [248, 190, 128];
const SUNLIGHT: Colour = [255, 236, 190];
const CLOUD: Colour = [150, 128, 142];
const CLOUD_LIT: Colour = [255, 214, 168];
const DEEP: Colour = [18, 52, 74];
const SHALLOW: Colour = [40, 92, 108];

const clear = (y: number): Colour =>
  y < HORIZON * 0.55
    ? mix(ZENITH, MIDDLE, y / (HORIZON * 0.55))
    : mix(MIDDLE, HAZE, (y - HORIZON * 0.55) / (HORIZON * 0.45));

function glow(x: number, y: number): number {
  const distance = Math.hypot(x - SUN[0], (y - SUN[1]) * 1.25);
  return distance < 88 ? 1 : 0.85 * Math.exp(-(distance - 88) / 420);
}

const sky: Paint = (x, y) => {
  const light = glow(x, y);
  const cover = smooth(0.5, 0.74, layered(x / 760, y / 210, 4)) * 0.85 * smooth(HORIZON + 60, HORIZON - 500, y);
  const cloud = mix(CLOUD, CLOUD_LIT, clamp(light * 1.5 + 0.2));
  return mix(mix(clear(y), cloud, cover), SUNLIGHT, light * (1 - cover * 0.6));
};

const sea: Paint = (x, y) => {
  const near = (y - HORIZON) / 1_384;
  const wide = 1 / (0.035 + near);
  const row = Math.log(near + 0.02) * 30;
  const wave = noise(((x - 2_016) * wide) / 210, row * 2.2) * 0.65 + noise(((x - 2_016) * wide) / 60, row * 5.1) * 0.35;
  const mirrored = clear(HORIZON - (y - HORIZON) * 0.9 - wave * 160);
  const water = mix(DEEP, SHALLOW, wave);
  const colour = mix(mirrored, water, clamp(0.38 + near * 0.75 + (wave - 0.5) * 0.5, 0, 0.95));
  const path = Math.exp(-(((x - SUN[0]) / (110 + 560 * near)) ** 2));
  return mix(colour, SUNLIGHT, path * smooth(0.46, 0.72, wave) * (1 - near * 0.4));
};

/** A ridge of hills: its colour fades with the distance. */
function hills(canvas: Canvas, height: number, seed: number, colour: Colour, haze: number): void {
  for (let x = 0; x < canvas.width; x++) {
    const top = HORIZON - height * (0.25 + layered(x / 620 + seed, seed, 5));
    canvas.fill(
      (px, y) => mix(lighter(colour, (noise(px / 14, y / 9) - 0.5) * 22), HAZE, haze + ((y - top) / height) * 0.25),
      top,
      HORIZON,
      x,
      x + 1,
    );
  }
}

const textured =
  (colour: Colour, grain: number, strength: number): Paint =>
  (x, y) =>
    lighter(colour, (noise(x / grain, y / grain) - 0.5) * strength);

function town(canvas: Canvas): void {
  const next = sequence(7);
  for (let x = 40; x < 2_300; ) {
    const [width, height] = [70 + next() * 130, 60 + next() * 120];
    const wall: Colour = [120 + next() * 70, 84 + next() * 50, 70 + next() * 40];
    const top = HORIZON + 14 - height;
    canvas.fill(textured(wall, 5, 26), top, HORIZON + 14, x, x + width);
    canvas.polygon(
      [
        [x - 6, top],
        [x + width / 2, top - 20 - next() * 46],
        [x + width + 6, top],
      ],
      textured([104, 52, 42], 4, 30),
    );
    for (let wx = x + 12; wx < x + width - 16; wx += 26) {
      for (let wy = top + 14; wy < HORIZON - 10; wy += 32) {
        const lit: Colour = next() < 0.4 ? [255, 214, 130] : [48, 52, 62];
        canvas.fill(() => lit, wy, wy + 17, wx, wx + 12);
      }
    }
    x += width + next() * 24;
  }
}

function crane(canvas: Canvas, x: number, size: number): void {
  const steel = textured([66, 58, 66], 6, 24);
  const top = HORIZON - 420 * size;
  for (const side of [-1, 1])
    canvas.line([x + side * 44 * size, HORIZON + 10], [x + side * 14 * size, top], 9 * size, steel);
  for (let step = 0; step < 7; step++) {
    const y = HORIZON - step * 58 * size;
    canvas.line(
      [x - (44 - step * 4.3) * size, y],
      [x + (44 - (step + 1) * 4.3) * size, y - 58 * size],
      4 * size,
      steel,
    );
  }
  canvas.line([x - 130 * size, top + 40 * size], [x + 400 * size, top - 130 * size], 11 * size, steel);
  canvas.line([x + 380 * size, top - 124 * size], [x + 380 * size, top + 150 * size], 3, steel);
  canvas.fill(textured([150, 60, 40], 6, 24), top + 150 * size, top + 186 * size, x + 352 * size, x + 408 * size);
}

function lighthouse(canvas: Canvas, x: number): void {
  canvas.polygon(
    [
      [x - 330, HORIZON + 60],
      [x - 190, HORIZON - 30],
      [x + 210, HORIZON - 44],
      [x + 380, HORIZON + 60],
    ],
    textured([72, 66, 68], 9, 60),
  );
  for (let stripe = 0; stripe < 6; stripe++) {
    const half = (row: number) => 58 - row * 4.6;
    const [low, high] = [HORIZON - 30 - stripe * 88, HORIZON - 118 - stripe * 88];
    const colour: Colour = stripe % 2 === 0 ? [206, 62, 52] : [238, 226, 212];
    const shaded: Paint = (px, y) =>
      lighter(colour, clamp((px - x) / 58, -1, 1) * 34 + (noise(px / 5, y / 5) - 0.5) * 16);
    canvas.polygon(
      [
        [x - half(stripe), low],
        [x + half(stripe), low],
        [x + half(stripe + 1), high],
        [x - half(stripe + 1), high],
      ],
      shaded,
    );
  }
  canvas.fill(() => [255, 240, 190], HORIZON - 626, HORIZON - 558, x - 24, x + 24);
  canvas.polygon(
    [
      [x - 36, HORIZON - 626],
      [x, HORIZON - 680],
      [x + 36, HORIZON - 626],
    ],
    textured([120, 40, 36], 4, 20),
  );
}

function boat(canvas: Canvas, x: number, y: number, size: number, hull: Colour): void {
  const at = (dx: number, dy: number): Point => [x + dx * size, y + dy * size];
  const shadow: Paint = (px, py) => mix(sea(px, py), DEEP, 0.55 * smooth(y + 150 * size, y, py));
  canvas.polygon([at(-170, 0), at(190, 0), at(120, 150), at(-110, 150)], shadow);
  canvas.polygon([at(-200, -70), at(230, -86), at(180, 10), at(-160, 10)], (px, py) =>
    lighter(hull, (py - y) * 0.25 + (noise(px / 12, py / 5) - 0.5) * 18),
  );
  canvas.polygon([at(-200, -70), at(230, -86), at(226, -72), at(-196, -56)], () => [240, 232, 220]);
  canvas.line(at(10, -70), at(10, -620), 9 * size, textured([110, 80, 56], 5, 20));
  const sail: Paint = (px, py) =>
    lighter([236, 222, 204], (noise(px / (40 * size), py / (60 * size)) - 0.5) * 44 - (px - x) * 0.03);
  canvas.polygon([at(22, -600), at(196, -150), at(22, -128)], sail);
  canvas.polygon([at(0, -560), at(-8, -120), at(-176, -104)], sail);
}

function jetty(canvas: Canvas): void {
  const [far, near] = [1_960, canvas.height];
  for (let y = far; y < near; y++) {
    const t = (y - far) / (near - far);
    const [left, right] = [560 - 700 * t, 700 + 760 * t];
    const plank = Math.log(1 + t * 30) * 9;
    const gap = plank - Math.floor(plank) < 0.08;
    const wood: Colour = lighter([122, 94, 70], (noise(Math.floor(plank) * 7.3, 3) - 0.5) * 44);
    canvas.fill(
      (x) => (gap ? [34, 28, 26] : lighter(wood, (noise(x / (16 + 40 * t), plank * 9) - 0.5) * 46)),
      y,
      y + 1,
      left,
      right,
    );
  }
  for (const t of [0.08, 0.26, 0.62]) {
    const [x, y, size] = [700 + 760 * t, far + (near - far) * t, 0.35 + t * 1.5];
    const post: Paint = (px, py) =>
      lighter([88, 66, 50], clamp((px - x) / (34 * size), -1, 1) * 40 + (noise(px / 6, py / 40) - 0.5) * 40);
    canvas.fill(post, y - 210 * size, y + 60 * size, x - 34 * size, x + 34 * size);
    canvas.fill(textured([206, 196, 184], 5, 30), y - 210 * size, y - 190 * size, x - 38 * size, x + 38 * size);
  }
}

/** Paints the scene. Gives way to other work between bands. */
export async function paintHarbour(canvas: Canvas): Promise<void> {
  for (let top = 0; top < canvas.height; top += BAND) {
    canvas.fill(sky, top, Math.min(top + BAND, HORIZON));
    canvas.fill(sea, Math.max(top, HORIZON), top + BAND);
    await setImmediate();
  }
  hills(canvas, 330, 3, [96, 92, 118], 0.45);
  hills(canvas, 190, 11, [74, 78, 84], 0.22);
  town(canvas);
  for (const [x, size] of [
    [1_240, 1],
    [1_700, 0.8],
    [420, 0.9],
  ] as const)
    crane(canvas, x, size);
  lighthouse(canvas, 3_560);
  await setImmediate();
  boat(canvas, 2_420, 1_800, 0.55, [52, 78, 112]);
  boat(canvas, 1_560, 2_000, 0.9, [150, 52, 44]);
  boat(canvas, 3_080, 2_330, 1.45, [36, 74, 82]);
  jetty(canvas);
}

// The steps that change pixels. Each checks the size of its result first.
import type { Box, Point } from './box.ts';
import { around, cropBox, cropSize, largest, turnedSize } from './box.ts';
import type { Crop, Focus, Operation, OperationOf, Resize } from './operations.ts';
import type { Picture, Work } from './pipeline.ts';
import { opened, output, step, still } from './pipeline.ts';
import type { Size, Target } from './plan.ts';
import { checkResult, targetOf } from './plan.ts';

const TRANSPARENT = { r: 255, g: 255, b: 255, alpha: 0 };
const CENTER: Point = { x: 0.5, y: 0.5 };
/** Pixels of the longer side of the sketch in which the focal point is searched. */
const SKETCH = 320;
const SOFT = 5;
// How bright red, green and blue appear.
const LUMA = [0.2126, 0.7152, 0.0722] as const;

/** Resizes a picture to exactly this size. */
export function sized(picture: Picture, { width, height, fit }: Target, work: Work): Promise<Picture> {
  if (picture.width === width && picture.height === height && picture.channels !== null)
    return Promise.resolve(picture);
  return step(picture, (image) => image.resize({ width, height, fit, background: TRANSPARENT }), work);
}

/** The focal point of a picture that is to be cropped to the ratio of `shape`. */
async function attention(picture: Picture, shape: Size, work: Work): Promise<Point> {
  const first = await still(picture, work);
  const size = targetOf(first, { type: 'resize', width: SKETCH, height: SKETCH, fit: 'inside' });
  const sketch = await step({ ...first, profiled: false }, (image) => image.resize({ ...size, fit: 'fill' }), work);
  const box = largest(sketch, shape);
  const cut = opened(sketch, work).resize({ ...box, fit: 'cover', position: 'attention' });
  const { info } = await output(cut.raw(), work);
  if (info.attentionX === undefined || info.attentionY === undefined) return CENTER;
  return { x: info.attentionX / sketch.width, y: info.attentionY / sketch.height };
}

function pointOf(focus: Focus | undefined, picture: Picture, shape: Size, work: Work): Point | Promise<Point> {
  if (focus === undefined || focus === 'center') return CENTER;
  return focus === 'attention' ? attention(picture, shape, work) : focus;
}

async function resize(picture: Picture, wanted: Resize, work: Work): Promise<Picture> {
  const target = targetOf(picture, wanted);
  checkResult(target, work.limits, picture.frames);
  if (target.fit !== 'cover' || wanted.focus === undefined) return sized(picture, target, work);
  const box = around(picture, largest(picture, target), await pointOf(wanted.focus, picture, target, work));
  return step(picture, (image) => image.extract(box).resize({ ...target, fit: 'fill' }), work);
}

async function crop(picture: Picture, wanted: Crop, work: Work): Promise<Picture> {
  const size = cropSize(picture, wanted);
  const box: Box = cropBox(picture, wanted, await pointOf(wanted.focus, picture, size, work));
  return step(picture, (image) => image.extract(box), work);
}

async function rotate(picture: Picture, wanted: OperationOf<'rotate'>, work: Work): Promise<Picture> {
  const angle = ((wanted.angle % 360) + 360) % 360;
  if (angle === 0) return picture;
  checkResult(turnedSize(picture, angle), work.limits, picture.frames);
  return step(picture, (image) => image.rotate(angle, { background: wanted.background ?? TRANSPARENT }), work);
}

const STEPS = {
  resize,
  crop,
  rotate,
  flip: (picture: Picture, { direction }: OperationOf<'flip'>, work: Work) =>
    step(picture, (image) => (direction === 'horizontal' ? image.flop() : image.flip()), work),
  blur: (picture: Picture, { sigma = SOFT }: OperationOf<'blur'>, work: Work) =>
    step(picture, (image) => image.blur(sigma), work),
  grayscale: (picture: Picture, _wanted: OperationOf<'grayscale'>, work: Work) =>
    step(picture, (image) => image.recomb([[...LUMA], [...LUMA], [...LUMA]]), work),
};

/** An operation that needs only the picture. */
type Step = Extract<Operation, { type: keyof typeof STEPS }>;
export const isStep = (operation: Operation): operation is Step => operation.type in STEPS;

export const applyStep = (picture: Picture, wanted: Step, work: Work): Promise<Picture> =>
  (STEPS[wanted.type] as (picture: Picture, wanted: Step, work: Work) => Promise<Picture>)(picture, wanted, work);

// Small charts as SVG: for pages of plugins, and for what they send.
export type { ChartData, Series, Tone } from './chart.ts';
export { type Drawing, draw, highest, type Point, type Shape, type Size } from './drawing.ts';
export { drawSpark } from './spark.ts';
export { chartSvg, type Paint, shapesSvg, sparkSvg, type Told } from './svg.ts';

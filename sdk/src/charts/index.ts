// Small SVG charts for plugin pages and messages.
export type { ChartData, Series, Tone } from './chart.ts';
export { type Drawing, draw, highest, type Point, type Shape, type Size } from './drawing.ts';
export { drawSpark } from './spark.ts';
export { chartSvg, type Paint, shapesSvg, sparkSvg, type Told } from './svg.ts';

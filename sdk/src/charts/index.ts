// Small SVG charts for plugin pages and messages.
export { type ChartData, heightsOf, type Series, type Tone } from './chart.ts';
export { type Drawing, depthOf, draw, highest, type Point, type Shape, type Size } from './drawing.ts';
export { roundMarks, type Scale, type ScaleUnit, scaleOf } from './scale.ts';
export { drawSpark } from './spark.ts';
export { chartSvg, type Paint, shapesSvg, sparkSvg, type Told } from './svg.ts';

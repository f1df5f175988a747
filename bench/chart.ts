// What a chart costs the page that shows it: 300 places in two series, drawn and written as SVG; prints one line of JSON.
import { chartSvg, draw } from '@phraseworks/sdk/charts';
import { sorted } from './measured.ts';

const PLACES = 300;
const WARM_UP = 200;
const ROUNDS = 1_000;

const values = Array.from({ length: PLACES }, (_, index) => (index * 37) % 101);
const labels = values.map(String);
const series = [
  { name: 'completed', tone: 'main', values },
  { name: 'failed', tone: 'bad', values: values.map((value) => value % 7) },
] as const;

const once = (): number => {
  const start = performance.now();
  const svg = chartSvg(draw({ kind: 'stacked', labels, series }), {
    id: 'c',
    title: 'Jobs',
    description: 'per minute',
  });
  const ms = performance.now() - start;
  if (!svg.includes('<rect')) throw new Error('the chart is empty');
  return ms;
};

for (let n = 0; n < WARM_UP; n += 1) once();
const times = sorted(Array.from({ length: ROUNDS }, once));
process.stdout.write(
  `${JSON.stringify({ value: times[ROUNDS / 2], unit: 'ms', more: { 'p95 ms': times[ROUNDS * 0.95] } })}\n`,
);

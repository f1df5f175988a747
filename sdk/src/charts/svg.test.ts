// Charts as SVG: described in words, without inline style, and small.
import { expect, test } from 'vitest';
import { draw } from './drawing.ts';
import { drawSpark } from './spark.ts';
import { chartSvg, shapesSvg, sparkSvg } from './svg.ts';

const values = Array.from({ length: 300 }, (_, index) => (index * 37) % 101);
const day = draw({
  kind: 'stacked',
  labels: values.map(String),
  series: [
    { name: 'completed', tone: 'main', values },
    { name: 'failed', tone: 'bad', values: values.map((value) => value % 7) },
  ],
});

test('a chart has a title and a description, and markup in them stays text', () => {
  const svg = chartSvg(day, { id: 'c', title: 'Jobs <b>', description: '"most" & least', places: ['<at 9>'] });
  expect(svg).toContain('aria-labelledby="c-t c-d"');
  expect(svg).toContain('<title id="c-t">Jobs &lt;b&gt;</title><desc id="c-d">&quot;most&quot; &amp; least</desc>');
  expect(svg).toContain('<title>&lt;at 9&gt;</title>');
});

test('no inline style is needed, and without paint the page sets the colours', () => {
  const svg = chartSvg(day, { id: 'c', title: 'Jobs', description: 'per minute' }) + sparkSvg(drawSpark([1, 2]));
  expect(svg).not.toMatch(/style=|fill="#|stroke="#/);
  expect(svg).toContain('class="f-main"');
  const paint = { rule: '#111', soft: '#222', tones: { main: '#333', other: '#444', bad: '#555', quiet: '#666' } };
  expect(shapesSvg(day, paint)).toContain('fill="#555"');
});

// One chart on a page: picture, the times below it, and what its colours mean. The numbers are in the table of the page.
/** @jsxImportSource hono/jsx */
import { chartSvg, draw } from '@phraseworks/sdk/charts';
import { raw } from 'hono/html';
import type { Words } from '../words/words.ts';
import type { Figure } from './charts.ts';

const SIZE = { width: 480, height: 132 };
const LABELS = 5;

export function Chart({ figure, words }: { figure: Figure; words: Words['metrics'] }) {
  const { id, title, description, top, series, places, kind } = figure;
  return (
    <figure class="chart-box">
      <figcaption>
        <b>{title}</b> <span>{top === null ? words.nothing : words.highest(top)}</span>
      </figcaption>
      {raw(chartSvg(draw(figure, SIZE), { id, title, description, places: top === null ? [] : places }))}
      <div class="times" aria-hidden="true">
        {spread(figure.labels).map((label) => (
          <span>{label}</span>
        ))}
      </div>
      {series.length < 2 ? null : (
        <p class="legend">
          {series.map(({ name, tone }) => (
            <span class={`${kind === 'line' ? 'l' : 'k'}-${tone}`}>{name}</span>
          ))}
        </p>
      )}
    </figure>
  );
}

/** Five of them, evenly. */
function spread(labels: readonly string[]): string[] {
  const last = labels.length - 1;
  if (last < LABELS) return [...labels];
  return Array.from({ length: LABELS }, (_, index) => labels[Math.round((last * index) / (LABELS - 1))] ?? '');
}

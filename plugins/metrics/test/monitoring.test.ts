// What dashboards, alerts and the page about them name is what there is.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JobEvent } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { rowsOf, sectionOf } from '../../../test/docs/markdown.ts';
import { familiesOf } from '../src/families.ts';
import { ProcessFigures } from '../src/process-figures.ts';
import { stateOf } from './snapshot.ts';

const PAGE = 'docs/monitoring.md';
const read = (name: string): string => readFileSync(new URL(`../assets/monitoring/${name}`, import.meta.url), 'utf8');

/** Of an instance in which there is one of everything. */
function everything() {
  const own = new ProcessFigures();
  own.stored({ events: [{ event: 'job_added' } as JobEvent] }, 1);
  const shared = {
    jobs: new Map([['email', { pending: 1 }]]),
    totals: new Map([['email', { added: 1, completed_at: 1 }]]),
    oldest: new Map([['email', 0]]),
    nodes: [
      {
        id: 'n',
        hostname: 'web-1',
        heartbeatAt: 0,
        live: true,
        slots: 1,
        running: 0,
        stuck: 0,
        plugins: { email: 'on' },
      },
    ],
    schedules: [{ name: 'nightly', type: 'backup', completedAt: 0 }],
  };
  return familiesOf(stateOf(shared), own);
}

const codes = (cell: string | undefined): string[] =>
  [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? '');

test('the page lists exactly the existing metrics, with type and labels', () => {
  const listed = rowsOf(sectionOf(PAGE, 'Prometheus')).map(([name, type, labels]) => ({
    name: codes(name)[0],
    type,
    labels: codes(labels).sort(),
  }));
  const real = everything().map(({ name, type, values }) => ({
    name,
    type,
    labels: Object.keys(values[0]?.labels ?? {}).sort(),
  }));
  expect(listed).toEqual(real);
});

test.each(['alerts.yml', 'alerts.test.yml', 'grafana.json'])('%s uses only existing metrics', (file) => {
  const asked = new Set(read(file).match(/\bphraseworks_jobs(?:_[a-z]+)*\b/g));
  const real = everything().flatMap(({ name, type }) => (type === 'histogram' ? [`${name}_bucket`] : [name]));
  expect(asked.size).toBeGreaterThan(2);
  expect([...asked].filter((name) => !real.includes(name))).toEqual([]);
});

test('the page explains every alert', () => {
  const alerts = [...read('alerts.yml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  expect(rowsOf(sectionOf(PAGE, 'Alerts')).map(([name]) => codes(name)[0])).toEqual(alerts);
});

test('the dashboard is valid, and no panel overlaps another', () => {
  const { panels } = JSON.parse(read('grafana.json')) as {
    panels: { id: number; title: string; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
});

test('the package contains all of it', () => {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd, encoding: 'utf8' });
  const [{ files }] = JSON.parse(packed) as [{ files: { path: string }[] }];
  const names = readdirSync(`${cwd}/assets/monitoring`).map((name) => `assets/monitoring/${name}`);
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(names));
});

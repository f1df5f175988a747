// docs/architecture.md: its diagram is drawn from the table of steps, its map is the map of the folders.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { described } from '../../core/src/kernel/container.ts';
import { STEPS } from '../../core/src/queue/lifecycle.ts';
import { engineServices, siteServices } from '../../core/src/services.ts';
import { bare, codesIn, fencesOf, ROOT, rowsOf, sectionOf } from './markdown.ts';

const PAGE = 'docs/architecture.md';

/** The table of steps as a mermaid diagram, one arrow for each state a step may start from. */
function diagramOf(steps: typeof STEPS): string {
  const arrows = Object.entries(steps).flatMap(([name, { from, to, event }]) =>
    (from.length > 0 ? from : ['[*]']).map((state) => `  ${state} --> ${to}: ${name}${event ? ` (${event})` : ''}`),
  );
  return `stateDiagram-v2\n${arrows.join('\n')}\n`;
}

const folders = (path: string): string[] =>
  readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$|dist$|data$|coverage$)/.test(entry.name))
    .map((entry) => `${path}${entry.name}/`);

test('the diagram of states is the table of steps', () => {
  const drawn = fencesOf(PAGE).filter(({ lang }) => lang === 'mermaid');
  expect(drawn.map(({ code }) => code)).toEqual([diagramOf(STEPS)]);
});

test('every step is explained, and nothing that is no step', () => {
  const explained = rowsOf(sectionOf(PAGE, 'States')).flatMap(([step]) => codesIn(step ?? ''));
  expect(explained.sort()).toEqual(Object.keys(STEPS).sort());
});

test('the map names every folder there is', () => {
  const mapped = rowsOf(sectionOf(PAGE, 'The folders')).map(([folder]) => bare(folder));
  const there = [...folders(''), ...folders('core/src/')];
  expect(mapped.sort()).toEqual(there.sort());
});

test('the table of services is the one that the core is composed from', () => {
  const [shown] = fencesOf(PAGE).filter(({ code }) => code.startsWith('Ledger'));
  expect(shown?.code.trim().split('\n')).toEqual(described([...engineServices, ...siteServices]));
});

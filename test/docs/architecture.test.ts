// docs/architecture.md: its diagram is the table of steps, its map names the folders, and a job runs through the files of its path.
import { existsSync, readdirSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { accessServices } from '../../core/src/access/access.ts';
import { STEPS } from '../../core/src/job/lifecycle.ts';
import type { Key, Table } from '../../core/src/kernel/container.ts';
import { coreServices, siteServices } from '../../core/src/services.ts';
import { sizes } from '../../scripts/size.ts';
import { Listener } from '../support/listener.ts';
import { openLiveSite, post } from '../support/live-site.ts';
import { bare, codesIn, fencesOf, proseOf, ROOT, read, rowsOf, sectionOf } from './markdown.ts';

const PAGE = 'docs/architecture.md';

/** The table of steps as a mermaid diagram, one arrow for each state a step may start from and each it may lead to. */
function diagramOf(steps: typeof STEPS): string {
  const arrows = Object.entries(steps).flatMap(([name, { from, to, or, event }]) => {
    const starts: readonly string[] = from.length > 0 ? from : ['[*]'];
    const label = `${name}${event ? ` (${event})` : ''}`;
    return starts.flatMap((state) => [to, ...(or ? [or] : [])].map((target) => `  ${state} --> ${target}: ${label}`));
  });
  return `stateDiagram-v2\n${arrows.join('\n')}\n`;
}

const folders = (path: string): string[] =>
  readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$|dist$|data$|coverage$)/.test(entry.name))
    .map((entry) => `${path}${entry.name}/`);

test('the diagram of states matches the table of steps', () => {
  const drawn = fencesOf(PAGE).filter(({ lang }) => lang === 'mermaid');
  expect(drawn.map(({ code }) => code)).toEqual([diagramOf(STEPS)]);
});

test('exactly the existing steps are explained', () => {
  const explained = rowsOf(sectionOf(PAGE, 'States')).flatMap(([step]) => codesIn(step ?? ''));
  expect(explained.sort()).toEqual(Object.keys(STEPS).sort());
});

test('the map lists every folder', () => {
  const mapped = rowsOf(sectionOf(PAGE, 'The folders')).map(([folder]) => bare(folder));
  const there = [...folders(''), ...folders('core/src/')];
  expect(mapped.sort()).toEqual(there.sort());
});

/** Within a twentieth, so that not every change has to count again. */
test('the table of sizes is near what the code measures now', () => {
  const counted = new Map(
    sizes().map(({ name, shipped, tests }) => [name, [shipped.lines, shipped.tokens, tests.lines]]),
  );
  const figures = rowsOf(sectionOf(PAGE, 'The size')).map(([name, ...shown]) => [bare(name), ...shown] as const);
  expect(figures.length).toBeGreaterThan(0);
  for (const [name, ...shown] of figures) {
    shown.forEach((text, at) => {
      const now = counted.get(name)?.[at] ?? Number.NaN;
      expect(Math.abs(Number(text.replaceAll(',', '')) - now), `${name}: ${text}, now ${now}`).toBeLessThanOrEqual(
        now / 20,
      );
    });
  }
});

/** `Worker`, or `clock` for a token. */
const titleOf = (key: Key<unknown>): string => ('key' in key ? key.id.replace(/^core\//, '') : key.name);

/** One line per service: `Worker: TypeRegistry, Runner`. */
const described = (table: Table): string[] =>
  Object.values(table).map((entry) => {
    const needs = Object.values(entry.needs).map(titleOf);
    const title = titleOf('make' in entry ? entry.key : entry);
    return needs.length === 0 ? title : `${title}: ${needs.join(', ')}`;
  });

test('the table of services matches the one that composes the core, with the file of each', async () => {
  const [shown] = fencesOf(PAGE).filter(({ code }) => code.startsWith('Ledger'));
  const tables = [coreServices, siteServices, accessServices];
  const entries = tables.flatMap((table) => Object.values<object>(table));
  const files = await filesOf(entries.map((entry) => ('key' in entry ? entry.key : entry)));
  const lines = tables.flatMap(described).map((line, i) => line.replace(/^[^:]+/, `$& (${files[i]})`));
  expect(shown?.code.trim().split('\n')).toEqual(lines);
});

/** The file from which `services.ts` or `access.ts` imports each key. */
async function filesOf(keys: readonly unknown[]): Promise<string[]> {
  const ofSite = [...read('core/src/services.ts').matchAll(/from '\.\/([^']+)';/g)];
  const ofAccess = [...read('core/src/access/access.ts').matchAll(/from '\.(\/[^']+)';/g)];
  const modules = await Promise.all(
    [...ofSite, ...ofAccess.map(([, path]) => ['', `access${path}`])].map(
      async ([, path]) => [path, await import(join(ROOT, 'core/src', path ?? ''))] as const,
    ),
  );
  return keys.map((key) => modules.find(([, module]) => Object.values(module).includes(key))?.[0] ?? 'services.ts');
}

test('every file named on the page exists', () => {
  const named = codesIn(proseOf(PAGE)).filter((code) => /^[\w/.-]+\.ts$/.test(code));
  const inPlugins = rowsOf(sectionOf(PAGE, 'Plugins')).flatMap(([files]) => codesIn(files ?? ''));
  const all = [...named, ...inPlugins.map((file) => `plugins/${file}.ts`)];
  const missing = all.filter((file) => !['', 'core/src'].some((folder) => existsSync(join(ROOT, folder, file))));
  expect(inPlugins.length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});

test('a job over HTTP runs through every file of its path, and through no unnamed file of the core', async () => {
  const path = rowsOf(sectionOf(PAGE, 'The path of a job')).flatMap(([file]) => codesIn(file ?? ''));
  await using site = await openLiveSite();
  site.jobs.registerProcessor('greet', async () => ({ success: false, error: 'no greeting', retryable: false }));
  await using client = await Listener.open(site.ws);
  const failed = () => client.updates.filter(({ data }) => data.event === 'job_failed').length;
  const followed = (n: number) =>
    filesThatRun(async () => {
      await post(`${site.url}/api/jobs`, { type: 'greet', data: {} });
      await client.until(() => failed() === n);
    });
  const passed = await followed(1);
  expect(path.length).toBeGreaterThan(40);
  expect(path.filter((file) => !passed.has(join(ROOT, 'core/src', file)))).toEqual([]);
  const named = codesIn(sectionOf(PAGE, 'The path of a job'));
  let unnamed = [...passed]
    .filter((file) => file.startsWith(join(ROOT, 'core/src/')))
    .filter((file) => !named.includes(relative(join(ROOT, 'core/src'), file)));
  // What runs now and then anyway, such as a heartbeat, does not run with every job.
  for (const n of [2, 3, 4]) {
    const again = await followed(n);
    unnamed = unnamed.filter((file) => again.has(file));
  }
  expect(unnamed).toEqual([]);
});

/** The files of which `work` calls at least one function. */
async function filesThatRun(work: () => Promise<void>): Promise<Set<string>> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await work();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const hit = result.filter(({ functions }) => functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0));
    return new Set(hit.map(({ url }) => url.replace(/^file:\/\//, '')));
  } finally {
    session.disconnect();
  }
}

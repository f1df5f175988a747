// Each field of the five plugins' settings and jobs has a description, which the dashboard's forms show.

import backup from '@phraseworks/plugin-backup';
import cleanup from '@phraseworks/plugin-cleanup';
import email from '@phraseworks/plugin-email';
import image from '@phraseworks/plugin-image';
import report from '@phraseworks/plugin-report';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

interface Node {
  const?: unknown;
  default?: unknown;
  description?: string;
  /** Its default is described as people type it. */
  unit?: 'bytes' | 'milliseconds';
  properties?: Record<string, Node>;
  items?: Node;
  anyOf?: Node[];
  oneOf?: Node[];
}

/** Their defaults are those of the machine. */
const OF_THE_MACHINE = ['image settings: cores'];

const UNITS: Record<string, number> = { s: 1_000, min: 60_000, MB: 1_000_000, MiB: 1_048_576, GiB: 1_073_741_824 };

/** One sentence for people that names the default, where there is one to name. */
function isHelpful({ description = '', default: given, const: fixed, unit }: Node): boolean {
  if (fixed !== undefined) return true;
  const amounts = [...description.matchAll(/([\d.]+) ([A-Za-z]+)/g)].map(
    ([, n, name = '']) => Number(n) * (UNITS[name] ?? 1),
  );
  const isNamed =
    (typeof given !== 'number' && typeof given !== 'string') ||
    description.includes(String(given)) ||
    (unit !== undefined && amounts.includes(Number(given)));
  return isNamed && /^[A-Z0-9'"].{15,220}\.$/.test(description);
}

/** Paths of the fields without such a sentence. */
function silent({ properties = {}, items, anyOf = [], oneOf = [] }: Node, at: string): string[] {
  const own = Object.entries(properties).flatMap(([key, field]) => [
    ...(isHelpful(field) ? [] : [at + key]),
    ...silent(field, `${at}${key}.`),
  ]);
  return [...own, ...[...anyOf, ...oneOf, ...(items ? [items] : [])].flatMap((part) => silent(part, at))];
}

test('every field of the settings and of the jobs has a description', async () => {
  const uses = { backup, cleanup, email, image, report };
  const plugins = Object.fromEntries(Object.entries(uses).map(([name, use]) => [name, { use, enabled: true }]));
  const mailer = { use: email, config: { mailbox: { port: 0 } } };
  await using jobs = await createTestJobs({ plugins: { ...plugins, email: mailer } });
  const types = jobs.types().filter(({ plugin }) => Object.hasOwn(uses, plugin ?? ''));
  expect(types.map(({ plugin }) => plugin)).toEqual(expect.arrayContaining(Object.keys(uses)));
  const untold = types.flatMap(({ type, schema }) => silent((schema ?? {}) as Node, `${type}: `));
  for (const name of Object.keys(uses)) {
    const { configSchema } = await jobs.plugins.settings(name);
    const settings = (configSchema ?? {}) as Node;
    expect(Object.keys(settings.properties ?? {}), name).not.toEqual([]);
    untold.push(...silent(settings, `${name} settings: `));
  }
  expect(untold.filter((path) => !OF_THE_MACHINE.includes(path))).toEqual([]);
});

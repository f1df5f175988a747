// The READMEs of plugins hold every failure and every setting, with the values of the code.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { BackupConfig } from '../../plugins/backup/src/config.ts';
import { RETRYABLE as BACKUP } from '../../plugins/backup/src/failure.ts';
import { CleanupConfig } from '../../plugins/cleanup/src/config.ts';
import { ACTIONS, DEFAULT_AGE } from '../../plugins/cleanup/src/data.ts';
import { RETRYABLE as CLEANUP } from '../../plugins/cleanup/src/failure.ts';
import { ImageConfig } from '../../plugins/image/src/config.ts';
import { RETRYABLE as IMAGE } from '../../plugins/image/src/failure.ts';
import { operationSchema } from '../../plugins/image/src/operations.ts';
import { ReportConfig } from '../../plugins/report/src/config.ts';
import { RETRYABLE as REPORT } from '../../plugins/report/src/data.ts';

/** The rows of the tables below a heading. */
async function rows(plugin: string, heading: string): Promise<string[][]> {
  const readme = await readFile(new URL(`../../plugins/${plugin}/README.md`, import.meta.url), 'utf8');
  return (readme.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
}
const shown = (value: unknown): string =>
  value === undefined || value === '' ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

test.each([
  ['backup', 'Errors', 2, BACKUP],
  ['cleanup', 'Failures', 2, CLEANUP],
  ['image', 'Failures', 2, IMAGE],
  ['report', 'Errors', 3, REPORT],
] as const)('%s: every failure is listed, with whether it is retried', async (plugin, heading, at, codes) => {
  const listed = (await rows(plugin, heading)).map((cells) => [cells[1], cells[at] === 'yes']);
  expect(Object.fromEntries(listed)).toEqual(codes);
});

const NOTHING = { passphrase: undefined, identity: undefined, keep: undefined };
const { limits, ...image } = ImageConfig.parse({});
test.each<[plugin: string, defaults: Record<string, unknown>]>([
  ['backup', { ...BackupConfig.shape, ...NOTHING, ...BackupConfig.parse({}) }],
  ['cleanup', CleanupConfig.parse({})],
  [
    'image',
    {
      ...{ ...image, cores: 'all but one', font: 'of the system' },
      ...Object.fromEntries(Object.entries(limits).map(([key, value]) => [`limits.${key}`, value])),
    },
  ],
  ['report', ReportConfig.parse({})],
])('%s: every setting is listed with its default', async (plugin, defaults) => {
  const keys = Object.keys(defaults);
  const listed = (await rows(plugin, 'Configuration')).slice(0, keys.length);
  expect(listed.map(([, key, value]) => [key, value === '-' ? '' : value])).toEqual(
    keys.map((key) => [key, shown(defaults[key])]),
  );
});

test('cleanup: every action is listed with its age', async () => {
  const listed = (await rows('cleanup', 'Data')).filter(([, name]) => ACTIONS.some((action) => action === name));
  expect(listed.map(([, name, , age]) => [name, age])).toEqual(
    ACTIONS.map((action) => [action, DEFAULT_AGE[action] ?? 'when it has expired']),
  );
});

test('image: every operation is listed', async () => {
  const listed = (await rows('image', 'Data')).flatMap(
    ([, cell]) => /^\{ type: '([a-z]+)'/.exec(cell ?? '')?.[1] ?? [],
  );
  expect(listed).toEqual(operationSchema(100).options.map((option) => option.shape.type.value));
});

// docs/configuration.md: every key with its default, unit and limits, in both directions; options, too.
import { expect, test } from 'vitest';
import { DEFAULTS } from '../../core/src/defaults.ts';
import { SettingsSchema } from '../../core/src/kernel/config.ts';
import { bare, rowsOf, sectionOf } from './markdown.ts';
import { membersOf } from './sources.ts';

const PAGE = 'docs/configuration.md';
/** The longest time of a setting: a setting with this limit is a time. */
const YEAR = 31_622_400_000;

interface Node {
  type?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
}

interface Setting {
  key: string;
  byDefault: unknown;
  limits: string;
  isTime: boolean;
}

/** The leaves of the schema, by their path. */
function settingsOf(node: Node, path = ''): Setting[] {
  const named = Object.entries(node.properties ?? {});
  const any =
    typeof node.additionalProperties === 'object'
      ? [[path === 'processors' ? '<type>' : '<name>', node.additionalProperties] as const]
      : [];
  const inside = [...named, ...any].flatMap(([key, inner]) => settingsOf(inner, path === '' ? key : `${path}.${key}`));
  if (inside.length > 0) return inside;
  const { minimum, maximum } = node;
  const limits = minimum === undefined ? '-' : `${minimum} to ${maximum}`;
  return [{ key: path, byDefault: node.default, limits, isTime: maximum === YEAR }];
}

const fromCell = (cell: string | undefined): unknown =>
  cell === '-' ? undefined : JSON.parse(bare(cell).replaceAll("'", '"'));

/** Of the core, and of the plugins whose settings are options of createJobs(). */
const settings = [SettingsSchema, ...DEFAULTS.flatMap(({ config }) => config ?? [])].flatMap((schema) =>
  settingsOf(schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' }) as Node),
);
const rows = rowsOf(sectionOf(PAGE, 'Settings'));
const documented = rows.map(([key, byDefault, unit, limits]) => ({ key: bare(key), byDefault, unit, limits }));

test('exactly the existing settings are listed', () => {
  // Of createJobs() and not of the schema: they are read elsewhere.
  const beside = membersOf('core/src/create-jobs.ts', 'JobsConfig').filter(
    (key) => !settings.some((setting) => setting.key.split('.')[0] === key),
  );
  expect(documented.map(({ key }) => key).sort()).toEqual([...beside, ...settings.map(({ key }) => key)].sort());
});

test.each(settings)('$key has the listed default and limits', ({ key, byDefault, limits, isTime }) => {
  const row = documented.find((one) => one.key === key);
  expect(fromCell(row?.byDefault)).toEqual(byDefault);
  expect(row?.limits).toBe(limits);
  expect(row?.unit === 'milliseconds').toBe(isTime);
});

test('exactly the options of createJobs() are listed', () => {
  const options = rowsOf(sectionOf(PAGE, 'Options of createJobs()')).map(([option]) => bare(option));
  expect(options.sort()).toEqual(membersOf('core/src/create-jobs.ts', 'JobsOptions').sort());
});

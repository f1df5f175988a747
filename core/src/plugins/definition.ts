// Reads and checks what a host accepts as a plugin: a definition, or a plain module with init().
import {
  type AnyPlugin,
  type AnyTable,
  type FieldError,
  JobsError,
  type Needs,
  type PluginContext,
  type PluginDefinition,
  type Schema,
  SDK_VERSION,
  type Token,
} from '@phraseworks/sdk';
import { isTypo } from '@phraseworks/sdk/host';

const RANGE = /^(\^|~|>=)?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?$/;

type Version = readonly [major: number, minor: number, patch: number];

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Does a version fit a range of the form ^1.2.0, ~1.2.0, >=1.2.0 or 1.2.0? Null for any other form. */
export function fits(version: string, range: string): boolean | null {
  const own = RANGE.exec(version);
  const asked = RANGE.exec(range);
  if (!own || !asked) return null;
  const [, operator, major, minor, patch] = asked;
  const has: Version = [Number(own[2]), Number(own[3] ?? 0), Number(own[4] ?? 0)];
  const least: Version = [Number(major), Number(minor ?? 0), Number(patch ?? 0)];
  if (compare(has, least) < 0) return false;
  if (operator === '>=') return true;
  if (has[0] !== least[0]) return false;
  // Omitted parts match anything: `1` and `^1` match any 1.x.y.
  if (minor === undefined) return true;
  // Below 1.0.0, minor versions may break.
  if (operator === '^' && least[0] > 0) return true;
  if (has[1] !== least[1]) return false;
  if (operator === undefined && patch !== undefined) return has[2] === least[2];
  return operator !== '^' || least[1] > 0 || patch === undefined || has[2] === least[2];
}

export interface Definition {
  /** The plugin's own name; its name in this instance is its key in the configuration. */
  ownName: string | null;
  title: string | null;
  version: string | null;
  description: string | null;
  config: Schema | undefined;
  fileOnly: readonly string[];
  needs: Needs;
  provides: readonly Token<unknown>[];
  /** With the steps that create its tables, by names that come first. */
  migrations: NonNullable<PluginDefinition['migrations']>;
  /** `/api/docs`, or empty for the mount path. With several, the paths of the page routes include them. */
  pagesAt: string | readonly string[];
  /** The same for guarded routes; undefined: below the plugin's own address. */
  guardedAt: string | readonly string[] | undefined;
  /** The one of them that takes forms of any size. */
  formsAt: string | undefined;
  alwaysOn: boolean;
  init(ctx: PluginContext): unknown;
  /** `disable` of a plain module: called when its scope closes. */
  disable: (() => unknown) | undefined;
}

/** Letters, digits and dashes, with a lower-case letter first: `email`, `site-map`, and `pwSMTP` as in PhraseWorks. */
export const PLUGIN_NAME = /^[a-z][A-Za-z0-9-]{0,49}$/;

/** Optional fields. A plugin starts without them, so a misspelt one would go unnoticed. */
const FIELDS = [
  'config',
  'fileOnly',
  'needs',
  'provides',
  'tables',
  'migrations',
  'pagesAt',
  'guardedAt',
  'formsAt',
  'alwaysOn',
];
/** Fields that a CMS may have. */
const NO_TYPOS = ['provider', 'providers', 'provided', 'table'];

const PAGES_AT = /^(\/[a-z0-9-]+)*$/;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** The plugin that a file exports: its default export, else the module itself if it has an `init`. */
export function pluginOf(exported: unknown): AnyPlugin | undefined {
  if (!isFields(exported)) return undefined;
  const { default: main } = exported;
  for (const candidate of [main, isFields(main) ? main.default : undefined, exported]) {
    if (isFields(candidate) && typeof candidate.init === 'function') return candidate as unknown as AnyPlugin;
  }
  return undefined;
}

/** Throws one `INVALID_CONFIG` that lists all errors. */
export function readDefinition(plugin: AnyPlugin, packageVersion: string | null): Definition {
  const given = plugin as unknown as Fields;
  const errors: FieldError[] = [];
  const wrong = (path: string, message: string) => errors.push({ path, message });
  const text = (key: string): string | null => {
    const value = given[key];
    if (value === undefined || typeof value === 'string') return value ?? null;
    wrong(key, 'must be text');
    return null;
  };

  // A plugin of a CMS has fields of its own, so refuse only those that look misspelt.
  for (const key of Object.keys(given)) {
    const meant = FIELDS.find((field) => isTypo(key, field) && !(field in given));
    if (meant && !NO_TYPOS.includes(key)) wrong(key, `is not a known field: did you mean ${meant}?`);
  }
  const range = text('sdk');
  const fit = range === null ? true : fits(SDK_VERSION, range);
  if (fit === null)
    wrong('sdk', `must be a range such as ^${SDK_VERSION}, ~${SDK_VERSION}, >=${SDK_VERSION} or ${SDK_VERSION}`);
  if (fit === false)
    wrong('sdk', `requires ${range}, but this is SDK ${SDK_VERSION}: install a matching version of the plugin`);

  const {
    config,
    fileOnly = [],
    needs = {},
    provides = [],
    tables = [],
    migrations = {},
    pagesAt = '',
    guardedAt,
    formsAt,
    alwaysOn = false,
    disable,
  } = given;
  if (config !== undefined && !hasStandard(config))
    wrong('config', 'must be a Standard Schema (zod, valibot, arktype, ...)');
  if (!Array.isArray(fileOnly) || !fileOnly.every(isSetting))
    wrong('fileOnly', 'must be a list of settings, such as folder or dkim.keyFile');
  if (!isFields(needs) || !Object.values(needs).every(isToken)) wrong('needs', 'must be a map of tokens');
  if (!Array.isArray(provides) || !provides.every(isToken)) wrong('provides', 'must be a list of tokens');
  if (!Array.isArray(tables) || !tables.every((table) => isFields(table) && isStep(table.create)))
    wrong('tables', 'must be a list of tables made with defineTable()');
  if (!isFields(migrations) || !Object.values(migrations).every(isStep))
    wrong('migrations', 'must be a map of { up, down }');
  for (const [key, at] of Object.entries({ pagesAt, guardedAt, formsAt }))
    if (at !== undefined && ![at].flat().every(isPlace))
      wrong(
        key,
        'must be a path of lower-case letters, digits and dashes, such as /api/docs, or a list of them, and not below /plugins',
      );

  const slug = text('slug');
  const name = text('name');
  if (typeof alwaysOn !== 'boolean') wrong('alwaysOn', 'must be true or false');
  const definition: Definition = {
    ownName: slug ?? (name !== null && PLUGIN_NAME.test(name) ? name : null),
    // A CMS plugin has a display name and a slug.
    title: text('title') ?? (slug !== null || (name !== null && !PLUGIN_NAME.test(name)) ? name : null),
    version: text('version') ?? packageVersion,
    description: text('description'),
    config: config as Schema | undefined,
    fileOnly: fileOnly as string[],
    needs: needs as Needs,
    provides: provides as Token<unknown>[],
    migrations: errors.length > 0 ? {} : stepsOf(tables as AnyTable[], migrations as Definition['migrations']),
    pagesAt: pagesAt as Definition['pagesAt'],
    guardedAt: guardedAt as Definition['guardedAt'],
    formsAt: formsAt as Definition['formsAt'],
    alwaysOn: alwaysOn === true,
    init: (ctx) => plugin.init(ctx),
    disable: typeof disable === 'function' ? () => (plugin as { disable(): unknown }).disable() : undefined,
  };
  if (errors.length === 0) return definition;
  const list = errors.map(({ path, message }) => `its ${path} ${message}`).join('; ');
  throw new JobsError('INVALID_CONFIG', `invalid plugin: ${list}`, { errors });
}

const isPlace = (at: unknown): boolean => typeof at === 'string' && PAGES_AT.test(at) && !/^\/plugins(\/|$)/.test(at);

const isStep = (step: unknown): boolean => isFields(step) && typeof step.up === 'function';

const stepsOf = (tables: readonly AnyTable[], migrations: Definition['migrations']): Definition['migrations'] => ({
  ...Object.fromEntries(tables.map(({ name, create }) => [`000_${name}`, create])),
  ...migrations,
});

const isSetting = (path: unknown): boolean => typeof path === 'string' && path.split('.').every((key) => key !== '');

const hasStandard = (value: unknown): boolean =>
  (isFields(value) || typeof value === 'function') && isFields((value as Fields)['~standard']);

function isToken(value: unknown): boolean {
  return isFields(value) && typeof value.id === 'string' && typeof value.key === 'symbol';
}

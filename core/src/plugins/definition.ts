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
import { fits, isTypo } from '@phraseworks/sdk/host';
import { z } from 'zod';
import { copied, type Fields, isFields } from '../kernel/fields.ts';

/** Letters, digits and dashes, with a lower-case letter first: `email`, `site-map`, and `pwSMTP` as in PhraseWorks. */
export const PLUGIN_NAME = /^[a-z][A-Za-z0-9-]{0,49}$/;

/** Fields that a CMS may have. */
const NO_TYPOS = ['provider', 'providers', 'provided', 'table'];

const PAGES_AT = /^(\/[a-z0-9-]+)*$/;
const isPlace = (at: unknown): boolean => typeof at === 'string' && PAGES_AT.test(at) && !/^\/plugins(\/|$)/.test(at);
const isStep = (step: unknown): boolean => isFields(step) && typeof step.up === 'function';
const isTable = (table: unknown): boolean => isFields(table) && isStep(table.create);
const isSetting = (path: unknown): boolean => typeof path === 'string' && path.split('.').every((key) => key !== '');
const isToken = (value: unknown): boolean =>
  isFields(value) && typeof value.id === 'string' && typeof value.key === 'symbol';
// Some libraries make schemas that are functions.
const hasStandard = (value: unknown): boolean => isFields(Object(value)['~standard']);

const listOf = <T>(fits: (one: unknown) => boolean, message: string) =>
  z.custom<readonly T[]>((given) => Array.isArray(given) && given.every(fits), message).default([]);
const mapOf = <T extends object>(fits: (one: unknown) => boolean, message: string) =>
  z.custom<T>((given) => isFields(given) && Object.values(given).every(fits), message).default({} as T & {});
const text = z.string('must be text').optional();
const places = z
  .custom<string | readonly string[]>(
    (given) => [given].flat().every(isPlace),
    'must be a path of lower-case letters, digits and dashes, such as /api/docs, or a list of them, and not below /plugins',
  )
  .optional();

/** Optional fields. A plugin starts without them, so a misspelt one would go unnoticed. */
const OPTIONAL = {
  config: z.custom<Schema>(hasStandard, 'must be a Standard Schema (zod, valibot, arktype, ...)').optional(),
  fileOnly: listOf<string>(isSetting, 'must be a list of settings, such as folder or dkim.keyFile'),
  needs: mapOf<Needs>(isToken, 'must be a map of tokens'),
  provides: listOf<Token<unknown>>(isToken, 'must be a list of tokens'),
  tables: listOf<AnyTable>(isTable, 'must be a list of tables made with defineTable()'),
  migrations: mapOf<NonNullable<PluginDefinition['migrations']>>(isStep, 'must be a map of { up, down }'),
  /** `/api/docs`, or empty for the mount path. With several, the paths of the page routes include them. */
  pagesAt: places,
  /** The same for guarded routes; undefined: below the plugin's own address. */
  guardedAt: places,
  /** The one of them that takes forms of any size. */
  formsAt: z.custom<string>(isPlace, 'must be a path of lower-case letters, digits and dashes').optional(),
  alwaysOn: z.boolean('must be true or false').default(false),
};
const FIELDS = Object.keys(OPTIONAL);
const Given = z.object({
  ...OPTIONAL,
  sdk: text,
  slug: text,
  name: text,
  title: text,
  version: text,
  description: text,
});

export interface Definition extends Omit<z.output<z.ZodObject<typeof OPTIONAL>>, 'tables' | 'pagesAt'> {
  /** The plugin's own name; its name in this instance is its key in the configuration. */
  ownName: string | null;
  title: string | null;
  version: string | null;
  description: string | null;
  pagesAt: string | readonly string[];
  init(ctx: PluginContext): unknown;
  /** `disable` of a plain module: called when its scope closes. */
  disable: (() => unknown) | undefined;
}

/** The plugin that a file exports: its default export, else the module itself if it has an `init`. */
export function pluginOf(exported: unknown): AnyPlugin | undefined {
  if (!isFields(exported)) return undefined;
  const { default: main } = exported;
  for (const candidate of [main, isFields(main) ? main.default : undefined, exported]) {
    if (isFields(candidate) && typeof candidate.init === 'function') return candidate as unknown as AnyPlugin;
  }
  return undefined;
}

/** What is wrong with the range of SDKs that it works with. */
function rangeErrors(range: unknown): FieldError[] {
  if (typeof range !== 'string') return [];
  const fit = fits(SDK_VERSION, range);
  if (fit) return [];
  const message =
    fit === null
      ? `must be a range such as ^${SDK_VERSION}, ~${SDK_VERSION}, >=${SDK_VERSION} or ${SDK_VERSION}`
      : `requires ${range}, but this is SDK ${SDK_VERSION}: install a matching version of the plugin`;
  return [{ path: 'sdk', message }];
}

/** A plugin of a CMS has fields of its own, so only those count that look misspelt. */
const typosIn = (given: Fields): FieldError[] =>
  Object.keys(given).flatMap((key) => {
    const meant = FIELDS.find((field) => isTypo(key, field) && !(field in given));
    return meant && !NO_TYPOS.includes(key)
      ? [{ path: key, message: `is not a known field: did you mean ${meant}?` }]
      : [];
  });

/** Throws one `INVALID_CONFIG` that lists all errors. */
export function readDefinition(plugin: AnyPlugin, packageVersion: string | null): Definition {
  const given = plugin as unknown as Fields;
  copied(given, 'invalid plugin: its ', 'INVALID_CONFIG');
  const { data, error } = Given.safeParse(given);
  const wrong = error?.issues.map(({ path, message }): FieldError => ({ path: path.join('.'), message })) ?? [];
  const errors = [...typosIn(given), ...rangeErrors(given.sdk), ...wrong];
  if (!data || errors.length > 0) {
    const list = errors.map(({ path, message }) => `its ${path} ${message}`).join('; ');
    throw new JobsError('INVALID_CONFIG', `invalid plugin: ${list}`, { errors });
  }
  const { slug, name, title, version = packageVersion, description = null, tables, pagesAt = '', ...fields } = data;
  const { disable } = given;
  const isName = name !== undefined && PLUGIN_NAME.test(name);
  // A CMS plugin has a display name and a slug.
  const shown = slug !== undefined || !isName ? name : undefined;
  return {
    ...fields,
    ownName: slug ?? (isName ? name : null),
    title: title ?? shown ?? null,
    version,
    description,
    // The tables by names that come first.
    migrations: { ...Object.fromEntries(tables.map((one) => [`000_${one.name}`, one.create])), ...fields.migrations },
    pagesAt,
    init: (ctx) => plugin.init(ctx),
    disable: typeof disable === 'function' ? () => (plugin as { disable(): unknown }).disable() : undefined,
  };
}

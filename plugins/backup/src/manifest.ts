// What an archive says about itself: a head as its first entry, and the manifest with sizes and checksums as its last.
import { z } from 'zod';
import { PART_NAME } from './config.ts';
import { BackupFailure } from './failure.ts';
import { isBackupId } from './names.ts';

/** An array that is read up to its first wrong item: each further one would be described too, and an archive may hold millions. */
const listOf = <T>(item: z.ZodType<T>, most = Number.POSITIVE_INFINITY) =>
  z.array(z.unknown()).transform((items, context): T[] => {
    if (items.length > most) context.addIssue('has too many items');
    const read: T[] = [];
    for (const one of items.length > most ? [] : items) {
      const { success, data, error } = item.safeParse(one);
      if (success) read.push(data);
      else {
        context.addIssue(error.message);
        break;
      }
    }
    return read;
  });

const MissingItem = z.object({
  /** The database or the folder, as the config names it. */
  part: z.string(),
  /** A path in the folder or an object of the database; empty for all of it. */
  what: z.string(),
  reason: z.string(),
  /** The config key `optional` names it. */
  optional: z.boolean(),
});
type MissingItem = z.output<typeof MissingItem>;

/** The manifest lists at most this many; the rest are counted. */
const LISTED = 200;

const pathOf = ({ part, what }: Pick<MissingItem, 'part' | 'what'>): string => (what === '' ? part : `${part}/${what}`);

/** `uploads/a.jpg cannot be read (EACCES)`. */
export const wordsOf = (item: MissingItem): string =>
  `${pathOf(item)} ${item.reason}${item.optional ? ' (optional)' : ''}`;

/** `a ...; b ...; and 5 more`; optional ones come last. */
export function sentenceOf(items: readonly MissingItem[], count: number, most: number): string {
  const named = [...items].sort((a, b) => Number(a.optional) - Number(b.optional)).slice(0, most);
  const more = count - named.length;
  return [...named.map(wordsOf), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** For terminals and logs: control characters as their code, such as `\\u001b`. */
const printable = (path: string): string =>
  path.replace(/\p{Cc}/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

export class MissingList {
  count = 0;
  readonly #items: MissingItem[] = [];
  readonly #optional: readonly string[];

  /** `optional`: names of parts, or paths below them, such as `uploads/cache`. */
  constructor(optional: readonly string[]) {
    this.#optional = optional.map((path) => path.replace(/\/+$/, ''));
  }

  add(part: string, what: string, reason: string): void {
    const path = pathOf({ part, what });
    const optional = this.#optional.some((one) => path === one || path.startsWith(`${one}/`));
    this.count += 1;
    const item = { part, what: printable(what).slice(0, 300), reason, optional };
    if (this.#items.length < LISTED) this.#items.push(item);
    // Optional items never crowd out a required one.
    else if (!optional && this.#items.every((one) => one.optional)) this.#items[LISTED - 1] = item;
  }

  list(): MissingItem[] {
    return [...this.#items];
  }
}

export type BackupType = 'database' | 'files' | 'full';
export const TYPES = ['database', 'files', 'full'] as const satisfies readonly BackupType[];

/** Archives of a higher format are refused. */
export const FORMAT = 1;
export const HEAD_ENTRY = 'backup.json';
export const MANIFEST_ENTRY = 'manifest.json';
export const PRODUCT = 'phraseworks-jobs';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.number().int().min(0);

const TableFacts = z.object({ name: z.string(), rows: Count, checksum: z.string() });

const DatabasePart = z.object({
  kind: z.literal('database'),
  name: z.string().regex(PART_NAME),
  /** Of the entry in the archive. */
  path: z.string(),
  engine: z.enum(['sqlite', 'mysql', 'postgres']),
  engineVersion: z.string(),
  method: z.enum(['online-backup', 'program']),
  /** Of the database it came from: the scratch database and a restored one get its character set. */
  charset: z.string().optional(),
  collation: z.string().optional(),
  bytes: Count,
  sha256: Sha256,
  tables: listOf(TableFacts),
  /** Of a server: views, triggers, routines and the like, by kind and name. */
  objects: listOf(z.string()).optional(),
  leftOut: listOf(z.string()),
});

const FilesPart = z.object({
  kind: z.literal('files'),
  name: z.string().regex(PART_NAME),
  /** Of the folder in the archive, with a slash at its end. */
  path: z.string(),
  files: Count,
  bytes: Count,
  /** Over path, size and SHA-256 of each file, in the order of the archive. */
  sha256: Sha256,
  leftOut: listOf(z.string()),
});

const Head = z.object({
  format: z.number().int(),
  product: z.literal(PRODUCT),
  /** Of the plugin that made it. */
  version: z.string(),
  id: z.string().refine(isBackupId),
  type: z.enum(TYPES),
  /** ISO 8601 in UTC. */
  createdAt: z.iso.datetime(),
  /** The same in milliseconds since 1970: retention goes by it. */
  at: Count,
});

/** Databases and folders of one archive. */
export const MOST_PARTS = 1_000;

const Manifest = Head.extend({
  parts: listOf(z.discriminatedUnion('kind', [DatabasePart, FilesPart]), MOST_PARTS),
  /** The first 200. */
  missing: listOf(MissingItem),
  missingCount: Count,
});

export type TableFacts = z.output<typeof TableFacts>;
export type DatabasePart = z.output<typeof DatabasePart>;
export type FilesPart = z.output<typeof FilesPart>;
export type Part = DatabasePart | FilesPart;
export type Head = z.output<typeof Head>;
export type Manifest = z.output<typeof Manifest>;

/** Checked before the schema, because a newer format may look different. */
function checkFormat(value: unknown): void {
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > FORMAT) {
    const message = `the archive has format ${Math.trunc(format)} and this version reads up to ${FORMAT}: use the version that made it, or a newer one`;
    throw new BackupFailure('NEWER_FORMAT', message);
  }
}

/** More values than any archive has would block this process while they are parsed. Enough for 60,000 tables. */
const MOST_MARKS = 600_000;
const MARKS = new Set([...'{[:,'].map((mark) => mark.charCodeAt(0)));

function checkSize(text: string): void {
  let marks = 0;
  for (let at = 0; at < text.length; at += 1) if (MARKS.has(text.charCodeAt(at))) marks += 1;
  if (marks > MOST_MARKS) throw new Error('too many values');
}

function read<T>(text: string, schema: z.ZodType<T>, what: string): T {
  try {
    checkSize(text);
    const value: unknown = JSON.parse(text);
    checkFormat(value);
    return schema.parse(value);
  } catch (error) {
    if (error instanceof BackupFailure) throw error;
    throw new BackupFailure('ARCHIVE_DAMAGED', `the ${what} of the archive cannot be read`, error);
  }
}

export const readHead = (text: string): Head => read(text, Head, 'head');
export const readManifest = (text: string): Manifest => read(text, Manifest, 'manifest');

export const rowsIn = (tables: readonly TableFacts[]): number => tables.reduce((sum, { rows }) => sum + rows, 0);

export const rowsOf = (parts: readonly Part[]): number =>
  parts.reduce((sum, part) => sum + (part.kind === 'database' ? rowsIn(part.tables) : 0), 0);

export const filesOf = (parts: readonly Part[]): number =>
  parts.reduce((sum, part) => sum + (part.kind === 'files' ? part.files : 0), 0);

export interface Contents {
  databases: { name: string; engine: string; tables: number; rows: number; bytes: number }[];
  folders: { name: string; files: number; bytes: number }[];
}

/** What is in an archive, by database and folder. */
export const contentsOf = (parts: readonly Part[]): Contents => ({
  databases: parts
    .filter((part) => part.kind === 'database')
    .map(({ name, engine, tables, bytes }) => ({ name, engine, tables: tables.length, rows: rowsIn(tables), bytes })),
  folders: parts.filter((part) => part.kind === 'files').map(({ name, files, bytes }) => ({ name, files, bytes })),
});

/** What is known about an archive besides its state: stored with its row, and part of every answer. */
export interface Facts {
  contains: Contents;
  /** What is missing, the first 20. */
  missing: MissingItem[];
  missingCount: number;
  /** What was included but not compared, or may be from a different moment. */
  notes: string[];
  /** Why it was not restored and compared. */
  notRestored: string | null;
}

const NAMED = 20;

export function factsOf(manifest: Manifest, notRestored: string | null): Facts {
  const { parts, missing, missingCount } = manifest;
  const notes = parts.flatMap(({ name, leftOut }) => leftOut.map((note) => `${name}: ${note}`));
  return {
    contains: contentsOf(parts),
    missing: missing.slice(0, NAMED),
    missingCount,
    notes: notes.slice(0, NAMED),
    notRestored,
  };
}

export const isIncomplete = ({ missing }: Manifest): boolean => missing.some(({ optional }) => !optional);

/** What differs between the tables of two databases, in words, or null. */
export function tablesDiffer(wanted: readonly TableFacts[], found: readonly TableFacts[]): string | null {
  const there = new Map(found.map((table) => [table.name, table]));
  for (const { name, rows, checksum } of wanted) {
    const other = there.get(name);
    if (!other) return `the table ${name} is missing`;
    if (other.rows !== rows) return `the table ${name} has ${other.rows} rows instead of ${rows}`;
    if (other.checksum !== checksum) return `the table ${name} has different contents`;
  }
  return found.length === wanted.length ? null : `there are ${found.length} tables instead of ${wanted.length}`;
}

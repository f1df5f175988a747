// Dumps and restores MySQL and MariaDB with their own client programs.
import { createReadStream, createWriteStream } from 'node:fs';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupFailure, writeFailure } from '../../failure.ts';
import type { TableFacts } from '../../manifest.ts';
import { findPrograms, nothingOf, type Program, runProgram, type Where, withSecretFile } from '../client-program.ts';
import { type LoadOptions, restoreFailed } from '../engine.ts';
import { Lines, type Piece } from '../lines.ts';
import { type Login, placeOf } from '../server-url.ts';
import { DumpFacts } from './dump-facts.ts';

const DUMPERS = ['mariadb-dump', 'mysqldump'];
const CLIENTS = ['mariadb', 'mysql'];

export const isMariadb = (version: string): boolean => /mariadb/i.test(version);

/** `11.8` of `mysqldump from 11.8.9-MariaDB, client 10.20` and of `mysqldump  Ver 8.0.36 for Linux`. */
const shortVersion = (version: string): string =>
  (/(?:from|Ver|Distrib) (?:\d+\.\d+ Distrib )?(\d+\.\d+)/.exec(version) ?? /(\d+\.\d+)/.exec(version))?.[1] ?? '?';

const isOlder = (one: string, other: string): boolean => {
  const [a = 0, b = 0] = one.split('.').map(Number);
  const [c = 0, d = 0] = other.split('.').map(Number);
  return a < c || (a === c && b < d);
};

const packageFor = (server: string): string => (isMariadb(server) ? 'mariadb-client' : 'mysql-client');

/** Prefers a program of the server's kind, MariaDB or MySQL. */
async function find(names: readonly string[], server: string, signal: AbortSignal): Promise<Program> {
  const all = await findPrograms(names, signal);
  const found = all.find(({ version }) => isMariadb(version) === isMariadb(server)) ?? all[0];
  if (found) return found;
  const message = `neither ${names.join(' nor ')} can be run here: install one, such as with apt-get install ${packageFor(server)}`;
  throw new BackupFailure('MISSING_LIBRARY', message);
}

export const findDumper = (server: string, signal: AbortSignal): Promise<Program> => find(DUMPERS, server, signal);

/** What is wrong with the programs that would dump this server; null: nothing. */
export async function programsLack(server: string, signal: AbortSignal): Promise<string | null> {
  try {
    const { name, version } = await findDumper(server, signal);
    await find(CLIENTS, server, signal);
    const [ours, theirs] = [shortVersion(version), shortVersion(server)];
    const install = `apt-get install ${packageFor(server)}`;
    if (isMariadb(version) !== isMariadb(server))
      return `${name} is from ${isMariadb(version) ? 'MariaDB' : 'MySQL'}, but the server is not: ${install}`;
    return isOlder(ours, theirs) ? `${name} ${ours} is older than the server, ${theirs}: ${install}` : null;
  } catch (error) {
    if (error instanceof BackupFailure && error.code === 'MISSING_LIBRARY') return error.message;
    throw error;
  }
}

/** A value in an option file: within quotes only backslash, quote and line breaks need an escape. */
const quoted = (value: string): string =>
  `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`;

/** `loose` marks options that only MariaDB's or only MySQL's programs know. */
function optionFile(login: Login): string {
  const [{ host, port } = { host: '', port: 0 }] = login.hosts;
  const lines = ['[client]', `user=${quoted(login.user)}`, `password=${quoted(login.password)}`];
  lines.push(`host=${quoted(host)}`, `port=${port}`, 'protocol=tcp', 'loose-get-server-public-key');
  if (login.tls === 'off') lines.push('loose-skip-ssl', 'loose-ssl-mode=PREFERRED');
  else {
    lines.push('loose-ssl', `loose-ssl-mode=${login.tls === 'verify' ? 'VERIFY_IDENTITY' : 'REQUIRED'}`);
    lines.push(login.tls === 'verify' ? 'loose-ssl-verify-server-cert' : 'loose-skip-ssl-verify-server-cert');
    if (login.tlsCa !== null) lines.push(`ssl-ca=${quoted(login.tlsCa)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Comments stay on: the closing mark is one. */
const DUMP_OPTIONS = [
  '--single-transaction',
  '--quick',
  '--hex-blob',
  '--comments',
  '--skip-dump-date',
  '--no-tablespaces',
  '--skip-add-locks',
  '--skip-lock-tables',
  '--skip-disable-keys',
  '--default-character-set=utf8mb4',
  '--max-allowed-packet=1G',
  '--net-buffer-length=256K',
  '--loose-set-gtid-purged=OFF',
  '--loose-column-statistics=0',
];

export interface DumpRun extends Where {
  dumper: Program;
  /** In addition to `DUMP_OPTIONS`. */
  options: readonly string[];
  /** Null: the dump is only read, not stored. */
  file: string | null;
  progress(bytes: number): void;
}

/** In the message of a dump that failed because its login may not read something. */
export const MISSING_PRIVILEGES = '(missing privileges)';

/** Throws `DUMP_FAILED` unless the program succeeds and its output ends with the closing mark. */
export async function runDump(login: Login, run: DumpRun): Promise<TableFacts[]> {
  const { dumper, options, file, folder, signal, progress } = run;
  const facts = new DumpFacts();
  let bytes = 0;
  facts.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    progress(bytes);
  });
  const keep = async (sql: Readable): Promise<void> => {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const to = file === null ? nowhere : createWriteStream(file, { flags: 'w', mode: 0o600 });
    await pipeline(sql, facts, to, { signal }).catch((error: unknown) => {
      throw writeFailure(error);
    });
  };
  const { code, killedBy, stderr } = await withSecretFile(folder, optionFile(login), (path) =>
    runProgram(dumper.name, [`--defaults-file=${path}`, ...DUMP_OPTIONS, ...options, '--', login.database], {
      signal,
      take: keep,
    }),
  );
  if (code !== 0) throw dumpFailure(dumper.name, code, killedBy, stderr);
  if (!facts.isComplete)
    throw new BackupFailure('DUMP_FAILED', `the output of ${dumper.name} ends before its closing mark`);
  return facts.tables();
}

function dumpFailure(name: string, code: number | null, killedBy: string | null, stderr: string): BackupFailure {
  const number = /\b(?:error:?|errno:?) ?\(?(\d{4})\)?/i.exec(stderr)?.[1] ?? /\((\d{4})\)/.exec(stderr)?.[1];
  const object =
    /View '([^']{1,130})'/.exec(stderr)?.[1] ??
    /(?:SHOW \w+ (?:TABLE |FROM )?|\/ \* FROM )`([^`]{1,64})`/.exec(stderr)?.[1];
  const rights = /insufficient privileges|access denied/i.test(stderr) ? ` ${MISSING_PRIVILEGES}` : '';
  const ended = killedBy === null ? `ended with code ${code}` : `was ended by ${killedBy}`;
  const at = object === undefined ? '' : ` at ${/View '/.test(stderr) ? 'the view ' : ''}${object}`;
  return new BackupFailure('DUMP_FAILED', `${name} ${ended}${at}${rights}${number ? ` (error ${number})` : ''}`);
}

/** Errors about a definer that the login may not set, or that does not exist. */
const NOT_ITS_DEFINER = new Set(['1227', '1396', '1449']);
/** Errors about a missing privilege on a database, table, column, routine or trigger, or to create programs under a binary log. */
const NO_RIGHT = new Set(['1044', '1045', '1142', '1143', '1227', '1370', '1418', '1419']);

const CLIENT_OPTIONS = [
  // Turns off the client's own commands, such as those that run a program or read a file.
  '--binary-mode',
  // Otherwise the client strips the comments from routines.
  '--comments',
  '--batch',
  '--skip-reconnect',
  '--disable-local-infile',
  '--default-character-set=utf8mb4',
  '--max-allowed-packet=1G',
];

/** Runs a dump through the server's own client, which sends each statement unchanged. Throws `RESTORE_FAILED`. */
export async function loadDump(login: Login, server: string, file: string, options: LoadOptions): Promise<void> {
  const client = await find(CLIENTS, server, options.signal);
  const load = async (withDefiners: boolean): Promise<string | undefined> => {
    const script = new Script({ ...options, withDefiners });
    const { code, killedBy, stderr } = await withSecretFile(options.folder, optionFile(login), (path) =>
      runProgram(client.name, [`--defaults-file=${path}`, ...CLIENT_OPTIONS, login.database], {
        signal: options.signal,
        input: script.read(file),
        take: nothingOf,
      }),
    );
    if (code === 0) return undefined;
    const [, number, line] = /ERROR (\d+)[^\n]*? at line (\d+)/.exec(stderr) ?? [];
    if (withDefiners && NOT_ITS_DEFINER.has(number ?? '')) return number;
    const lost = /ERROR (20\d\d)\b/.exec(stderr)?.[1];
    if (lost !== undefined)
      throw new BackupFailure('SOURCE_UNREADABLE', `the connection to ${placeOf(login)} was lost (error ${lost})`);
    if (number === undefined) {
      const ended = killedBy === null ? `ended with code ${code}` : `was ended by ${killedBy}`;
      throw new BackupFailure('RESTORE_FAILED', `${client.name} ${ended}`);
    }
    throw restoreFailed(script.objectAt(Number(line)), number, NO_RIGHT.has(number));
  };
  // A dump replaces what it created before, so it can be run again.
  if (options.isLimited || (await load(true)) !== undefined) await load(false);
}

const OBJECT =
  /^-- (Table structure for table|Dumping data for table|Temporary (?:table|view) structure for view|Final view structure for view|Sequence structure for) `((?:[^`]|``)+)`/;
const PROGRAM =
  /^(?:\/\*!\d+ )?CREATE\b.{0,400}?\b(TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE BODY|PACKAGE)\s+(?:IF NOT EXISTS )?`?([^`\s(]{1,64})/i;
const EVENTS = /^-- Dumping events for database/;
const HAS_DEFINER = /^(?:\/\*!500\d\d (?:CREATE|DEFINER)|\/\*!50106 CREATE|CREATE (?:OR REPLACE )?DEFINER)/;
const DEFINER = /\bDEFINER\s*=\s*(?:`(?:[^`]|``)*`|'[^']*'|CURRENT_ROLE|\w+)(?:@(?:`(?:[^`]|``)*`|'[^']*'|[\w.%]+))?/i;

const KINDS: Readonly<Record<string, string>> = {
  'Table structure for table': 'the table',
  'Dumping data for table': 'the rows of the table',
  'Sequence structure for': 'the sequence',
};

const REMEMBERED = 50_000;
const LONGEST_NAME = 200;

interface ScriptOptions extends Pick<LoadOptions, 'withEvents' | 'progress' | 'signal'> {
  withDefiners: boolean;
}

/** A dump on its way to the client: drops definers and events if asked, and records which object is on which line. */
class Script {
  readonly #options: ScriptOptions;
  /** The last ones, since the client reads only a little ahead of what the server runs. */
  #objects: { line: number; name: string }[] = [];
  #line = 0;
  #inEvents = false;

  constructor(options: ScriptOptions) {
    this.#options = options;
  }

  async *read(file: string): AsyncGenerator<Buffer> {
    const lines = new Lines();
    let bytes = 0;
    for await (const chunk of createReadStream(file, { highWaterMark: 262_144, signal: this.#options.signal })) {
      yield* this.#written(lines.push(chunk as Buffer));
      bytes += (chunk as Buffer).length;
      this.#options.progress(bytes);
    }
    yield* this.#written(lines.end());
  }

  *#written(pieces: Iterable<Piece>): Generator<Buffer> {
    const out: Buffer[] = [];
    for (const piece of pieces) out.push(this.#piece(piece));
    if (out.length > 0) yield Buffer.concat(out);
  }

  #piece({ bytes, isStart }: Piece): Buffer {
    if (isStart) this.#line += 1;
    const first = bytes[0] ?? 0;
    // A fast path for rows, which are most of a dump and start with "(" or INSERT.
    if (!isStart || first === 0x28 || first === 0x49) return this.#inEvents ? NOTHING : bytes;
    const text = bytes.toString('latin1');
    if (text.startsWith('-- ')) this.#header(text);
    else this.#note(PROGRAM.exec(text));
    if (this.#inEvents) return NEW_LINE;
    const hasDefiner = !this.#options.withDefiners && HAS_DEFINER.test(text);
    return hasDefiner ? Buffer.from(text.replace(DEFINER, ''), 'latin1') : bytes;
  }

  #header(text: string): void {
    this.#inEvents = !this.#options.withEvents && EVENTS.test(text);
    const [, kind = '', name] = OBJECT.exec(text) ?? [];
    if (name !== undefined) this.#add(`${KINDS[kind] ?? 'the view'} ${name}`);
  }

  #note(found: RegExpExecArray | null): void {
    const [, kind = '', name] = found ?? [];
    if (name !== undefined) this.#add(`the ${kind.toLowerCase()} ${name}`);
  }

  #add(name: string): void {
    if (this.#objects.length === 2 * REMEMBERED) this.#objects = this.#objects.slice(REMEMBERED);
    this.#objects.push({ line: this.#line, name: name.slice(0, LONGEST_NAME) });
  }

  /** The object of the dump that this line belongs to, for messages. */
  objectAt(line: number): string {
    return this.#objects.findLast((object) => object.line <= line)?.name ?? 'a statement of the dump';
  }
}

const NEW_LINE = Buffer.from('\n');
const NOTHING = Buffer.alloc(0);

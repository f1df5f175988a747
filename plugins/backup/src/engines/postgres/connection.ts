// Queries a PostgreSQL server through psql: one process, one session, one answer at a time.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BackupFailure, codeOf } from '../../failure.ts';
import { type Environment, environmentWith, type Where, withSecretFile } from '../client-program.ts';
import { isEndOfLine, Lines, type Piece } from '../lines.ts';
import { type Login, placeOf } from '../server-url.ts';

const CONNECT_TIMEOUT = 10;

/** The password is in a file, because other users may be able to read the environment. */
export function environmentOf(login: Login, passfile: string): Environment {
  return {
    PGHOST: login.hosts.map(({ host }) => host).join(','),
    PGPORT: login.hosts.map(({ port }) => port).join(','),
    PGUSER: login.user,
    PGDATABASE: login.database,
    PGPASSFILE: passfile,
    PGSSLMODE: login.tls,
    ...(login.tlsCa === null ? {} : { PGSSLROOTCERT: login.tlsCa }),
    PGCONNECT_TIMEOUT: String(CONNECT_TIMEOUT),
    PGCLIENTENCODING: 'UTF8',
    PGAPPNAME: 'phraseworks-jobs backup',
    // Ignore what the site's environment says about other connections.
    ...{ PGHOSTADDR: undefined, PGOPTIONS: undefined, PGPASSWORD: undefined, PGSERVICE: undefined },
    PGTARGETSESSIONATTRS: 'any',
  };
}

export const passFile = ({ user, password }: Login): string => {
  const escaped = (text: string) => text.replace(/[\\:]/g, '\\$&');
  return `*:*:*:${escaped(user)}:${escaped(password)}\n`;
};

export const name = (text: string): string => `"${text.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The server refused a statement. Only its SQLSTATE is kept, since the message may contain data. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
  readonly code: string;

  constructor(code: string) {
    super(`the server refused a statement (${code})`);
    this.code = code;
  }
}

/** Makes values read the same in every session, and makes hidden rows an error. */
const SETTINGS = `set search_path = ''; set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set intervalstyle = 'postgres';
set extra_float_digits = 3; set bytea_output = 'hex'; set lc_monetary = 'C'; set row_security = off;
set standard_conforming_strings = on; set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0`;

const END_OF_COPY = Buffer.from('\\.\n');

export class Session {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #lines = new Lines();
  readonly #ended: Promise<unknown>;
  #stderr = '';

  constructor(env: Environment, signal: AbortSignal) {
    const args = ['-X', '-A', '-t', '-q', '--no-password', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=sqlstate'];
    this.#child = spawn('psql', args, {
      env: environmentWith(env),
      stdio: 'pipe',
      signal,
      killSignal: 'SIGKILL',
    });
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr = (this.#stderr + chunk).slice(-2_000);
    });
    this.#ended = once(this.#child, 'close').catch((error: unknown) => error);
    this.#chunks = this.#child.stdout[Symbol.asyncIterator]();
  }

  /** The rows of a SELECT. Cast numbers beyond 2^53 to text. */
  rows<T>(sql: string): Promise<T[]> {
    return this.#answer<T[]>(`select coalesce(jsonb_agg(pwj), '[]')::text from (${sql}) pwj;\n`);
  }

  /** Statements without an answer. */
  async run(sql: string): Promise<void> {
    await this.#answer(`${sql};\n\\echo 0\n`);
  }

  /** The lines of a COPY to stdout, long ones in pieces. */
  async copy(sql: string, take: (piece: Piece) => void): Promise<void> {
    // No row looks like this, because COPY doubles each backslash.
    await this.#ask(`${sql};\n\\echo '\\\\.'\n`, (piece) => {
      const isEnd = piece.isStart && piece.bytes.equals(END_OF_COPY);
      if (!isEnd) take(piece);
      return isEnd;
    });
  }

  async #answer<T>(text: string): Promise<T> {
    const answer: Buffer[] = [];
    await this.#ask(text, ({ bytes }) => {
      answer.push(bytes);
      return isEndOfLine(bytes);
    });
    return JSON.parse(Buffer.concat(answer).toString('utf8')) as T;
  }

  /** Reads until `isLast`: psql prints nothing more until it is asked again. */
  async #ask(text: string, isLast: (piece: Piece) => boolean): Promise<void> {
    this.#child.stdin.write(text);
    for (let ended = false; !ended; ) {
      const { done, value } = await this.#chunks.next();
      if (done) throw await this.#failure();
      for (const piece of this.#lines.push(value)) ended = isLast(piece);
    }
  }

  async #failure(): Promise<Error> {
    const end = await this.#ended;
    if (codeOf(end) === 'ENOENT') {
      const message = 'psql cannot be run here: apt-get install postgresql-client';
      return new BackupFailure('MISSING_LIBRARY', message, end);
    }
    const code = /\bERROR: {2}([0-9A-Z]{5})\b/.exec(this.#stderr)?.[1];
    return code === undefined ? new BackupFailure('SOURCE_UNREADABLE', whyLost(this.#stderr)) : new PostgresError(code);
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}

/** Only fixed phrases of psql: the rest of its line may name users and addresses. */
function whyLost(stderr: string): string {
  const words =
    /Connection refused|timeout expired|could not translate host name|password authentication failed|no pg_hba\.conf entry|database "[^"]*" does not exist|role "[^"]*" does not exist|the database system is [a-z ]+|server closed the connection|terminating connection|certificate verify failed|server does not support SSL|too many (?:clients|connections)/i.exec(
      stderr,
    )?.[0];
  return words?.replace(/ "[^"]*"/, '') ?? 'the connection was lost';
}

/** Runs `work` in a session that is always closed. After an abort it throws the reason, not the connection's error. */
export async function withSession<T>(
  login: Login,
  { folder, signal }: Where,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  return withSecretFile(folder, passFile(login), async (path) => {
    const session = new Session(environmentOf(login, path), signal);
    try {
      await session.run(SETTINGS).catch((error: unknown) => {
        const isLost = error instanceof BackupFailure && error.code === 'SOURCE_UNREADABLE';
        throw isLost
          ? new BackupFailure('SOURCE_UNREADABLE', `${placeOf(login)} cannot be reached (${error.message})`)
          : error;
      });
      return await work(session);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      await session.close();
    }
  });
}

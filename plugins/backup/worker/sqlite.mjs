// The process that works on SQLite files: copies a live database, and reads what is in one. Its parent sends one task and gets
// messages of progress, then a result or an error. Plain JavaScript, so that Node runs it as it is.
import { createHash } from 'node:crypto';
import { once } from 'node:events';

/** Pages for each step of a copy. */
const STEP = 500;
const TOLD_EVERY = 50_000;
const FLUSH_AT = 65_536;

const tell = (progress) => process.send({ progress }, () => {});
const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

/** One row as text and bytes in which no value can pass for another. */
class RowHash {
  #hash = createHash('sha256');
  #text = '';

  add(row) {
    for (const value of row) {
      if (value === null) this.#text += 'n';
      else if (typeof value === 'bigint') this.#text += `i${value};`;
      else if (typeof value === 'number') this.#text += `f${Object.is(value, -0) ? '-0' : value};`;
      else if (typeof value === 'string') this.#text += `s${value.length}:${value}`;
      else this.#bytes(value);
    }
    this.#text += '\n';
    if (this.#text.length > FLUSH_AT) this.#flush();
  }

  #bytes(value) {
    this.#text += `b${value.length}:`;
    this.#flush();
    this.#hash.update(value);
  }

  #flush() {
    this.#hash.update(this.#text);
    this.#text = '';
  }

  digest() {
    this.#flush();
    return this.#hash.digest('hex');
  }
}

/** Rows and a checksum of each table; of those that need a module which is not here, nothing. */
function tablesOf(db) {
  const tables = db
    .prepare(
      "select name, sql from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name",
    )
    .all();
  const left = tables.filter(({ sql }) => /^\s*create\s+virtual/i.test(sql ?? '')).map(({ name }) => name);
  let told = 0;
  return {
    virtual: left,
    tables: tables
      .filter(({ name }) => !left.includes(name))
      .map(({ name }) => {
        const hash = new RowHash();
        let rows = 0;
        for (const row of db
          .prepare(`select * from ${quoted(name)}`)
          .safeIntegers(true)
          .raw(true)
          .iterate()) {
          hash.add(row);
          rows += 1;
          told += 1;
          if (told % TOLD_EVERY === 0) tell({ rows: told });
        }
        return { name, rows, checksum: hash.digest() };
      }),
  };
}

/** The read transaction keeps the copy at one moment, so that it ends however much is written meanwhile. */
async function snapshot({ source, copy }) {
  const db = new Database(source, { readonly: true, fileMustExist: true, timeout: 5_000 });
  try {
    db.exec('BEGIN');
    db.prepare('select 1 from sqlite_master').get();
    await db.backup(copy, {
      progress: ({ totalPages, remainingPages }) => {
        if (totalPages > 0) tell({ done: 1 - remainingPages / totalPages });
        return STEP;
      },
    });
    const facts = tablesOf(db);
    db.exec('COMMIT');
    const { version } = db.prepare('select sqlite_version() as version').get();
    settle(copy);
    return { ...facts, version };
  } finally {
    db.close();
  }
}

/** One file, without a log beside it. */
function settle(file) {
  const db = new Database(file, { fileMustExist: true });
  try {
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
}

function inspect({ file }) {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const problems = db.pragma('integrity_check(5)').map(({ integrity_check: text }) => text);
    if (problems.length !== 1 || problems[0] !== 'ok') return { problems, tables: [] };
    return { problems: [], ...tablesOf(db) };
  } finally {
    db.close();
  }
}

// Without the parent the work is of no use.
process.once('disconnect', () => process.exit());

let Database;
const [{ task, ...given }] = await once(process, 'message');
let answer;
try {
  ({ default: Database } = await import('better-sqlite3'));
  answer = { result: task === 'snapshot' ? await snapshot(given) : inspect(given) };
} catch (error) {
  answer = { error: { code: error?.code, message: String(error?.message) } };
}
process.send(answer, () => process.disconnect());

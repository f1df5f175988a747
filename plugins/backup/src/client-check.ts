// Checks at the start, and again every ten minutes, whether the client programs of the configured databases are installed and new enough.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databasesOf, engineOf } from './sources.ts';
import type { Tools } from './tools.ts';

/** Milliseconds after which the next call checks again. */
const STALE = 600_000;

export class ClientCheck {
  readonly #tools: Pick<Tools, 'config' | 'place' | 'clock' | 'log'>;
  readonly #signal: AbortSignal;
  #last: { at: number; notes: Promise<string[]> } | undefined;
  readonly #warned = new Set<string>();

  constructor(tools: Pick<Tools, 'config' | 'place' | 'clock' | 'log'>, signal: AbortSignal) {
    this.#tools = tools;
    this.#signal = signal;
  }

  /** What to install, one sentence per database. Returns the last result while it checks again. */
  notes(): Promise<string[]> {
    const now = this.#tools.clock.now();
    const last = this.#last;
    if (last && now - last.at < STALE) return last.notes;
    const next = this.#look();
    this.#last = { at: now, notes: last ? next.catch(() => last.notes) : next };
    return last?.notes ?? next;
  }

  async #look(): Promise<string[]> {
    const { config, place, log } = this.#tools;
    const sources = databasesOf(config, place).filter((source) => source.engine !== 'sqlite');
    if (sources.length === 0) return [];
    const folder = await mkdtemp(join(tmpdir(), 'pwj-clients-'));
    const notes: string[] = [];
    try {
      for (const source of sources) {
        // Whether the server answers is not checked here: the backup reports that.
        const lack = await engineOf(source)
          .lacks(source.login, { folder, signal: this.#signal })
          .catch(() => null);
        if (lack !== null) notes.push(`The database ${source.name}: ${lack}`);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    for (const note of notes.filter((one) => !this.#warned.has(one))) {
      this.#warned.add(note);
      log.warn(note);
    }
    return notes;
  }
}

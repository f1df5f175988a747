// What one call of the command line opens: the site and its databases; `close` closes them all.
import { parseArgs } from 'node:util';
import { type Cancel, type Clock, type Env, systemClock, systemRandom } from '@phraseworks/jobs/internals/base';
import { GLOBAL } from './arguments.ts';
import type { Client, ClientOptions } from './client.ts';
import type { Call } from './command.ts';
import type { Output, Stream } from './output.ts';
import { loadSite, type Site } from './site.ts';

type CallContext = Invocation & Pick<Call, 'clock' | 'random' | 'out'>;

export class Session {
  readonly context: CallContext;
  readonly #words: readonly string[];
  readonly #opened: Client[] = [];
  readonly #clock = new CallClock();
  #site: Promise<Site> | undefined;

  constructor(words: readonly string[], out: Output, invocation: Invocation) {
    this.#words = words;
    this.context = { ...invocation, clock: this.#clock, random: systemRandom, out };
  }

  site(): Promise<Site> {
    this.#site ??= loadSite(wanted(this.#words), this.context);
    return this.#site;
  }

  async open(options?: ClientOptions): Promise<Client> {
    // Imported only here: a help text needs no database.
    const { openClient } = await import('./client.ts');
    const client = await openClient(await this.site(), { ...this.context, clock: systemClock }, options);
    this.#opened.push(client);
    this.#clock.follow(client.clock);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#opened.splice(0)) await client.close();
  }
}

/** Runs before the command's options are known, so it ignores unknown ones. */
function wanted(words: readonly string[]): { config: string | undefined; database: string | undefined } {
  const options = Object.fromEntries(Object.entries(GLOBAL).map(([name, { type }]) => [name, { type }]));
  const { values } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true });
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return { config: text(values.config), database: text(values.database) };
}

/** The clock of this machine until a database is open, then the clock of its server, which dates the rows. */
class CallClock implements Clock {
  #clock: Clock = systemClock;

  follow(clock: Clock): void {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  steady(): number {
    return this.#clock.steady();
  }

  after(ms: number, fn: () => void): Cancel {
    return this.#clock.after(ms, fn);
  }

  soon(fn: () => void): void {
    this.#clock.soon(fn);
  }
}

export interface Invocation {
  cwd: string;
  env: Env;
  stdout: Stream;
  stderr: Stream;
}

// What one call of the command line opens: the site and its databases; `close` closes them all.
import { type Env, systemClock, systemRandom } from '@phraseworks/jobs/internals/base';
import type { Wanted } from './arguments.ts';
import type { Client, ClientOptions } from './client.ts';
import type { Call } from './command.ts';
import type { Output, Stream } from './output.ts';
import { loadSite, type Site } from './site.ts';

type CallContext = Invocation & Pick<Call, 'clock' | 'random' | 'out'>;

export class Session {
  readonly context: CallContext;
  readonly #wanted: Wanted;
  readonly #opened: Client[] = [];
  #site: Promise<Site> | undefined;

  constructor(wanted: Wanted, out: Output, invocation: Invocation) {
    this.#wanted = wanted;
    this.context = { ...invocation, clock: systemClock, random: systemRandom, out };
  }

  site(): Promise<Site> {
    this.#site ??= loadSite(this.#wanted, this.context);
    return this.#site;
  }

  async open(options?: ClientOptions): Promise<Client> {
    // Imported only here: a help text needs no database.
    const { openClient } = await import('./client.ts');
    const client = await openClient(await this.site(), this.context, options);
    this.#opened.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#opened.splice(0)) await client.close();
  }
}

export interface Invocation {
  cwd: string;
  env: Env;
  stdout: Stream;
  stderr: Stream;
}

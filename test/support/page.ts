// A page's client in a test: with a WebSocket that node lacks, and what its ways to the server do to it.

import type { JobEvent } from '@phraseworks/sdk';
import {
  type Client,
  type ClientOptions,
  createClient,
  type EventFilter,
  type LiveState,
} from '@phraseworks/sdk/client';
import { WebSocket } from 'ws';

export class Page implements Disposable {
  readonly client: Client;
  readonly states: LiveState[] = [];
  /** Connections that were begun, by what they are. */
  readonly tried = { socket: 0 };
  readonly sockets: WebSocket[] = [];
  /** Refused from now on. */
  readonly refuse = { socket: false, looks: false };
  /** The server is asked for what it no longer has. */
  lose = false;
  #wake: (() => void)[] = [];

  constructor(base: string, options: ClientOptions = {}) {
    const page = this;
    class PageSocket extends WebSocket {
      constructor(url: string) {
        page.tried.socket += 1;
        const real = page.lose ? url.replace(/since=\d+/, 'since=999999999') : url;
        super(page.refuse.socket ? real.replace('/ws', '/no-socket') : real);
        page.sockets.push(this);
      }
    }
    const ask: typeof fetch = async (url, init) => {
      if (page.refuse.looks && String(url).includes('/api/jobs?')) throw new TypeError('refused');
      return fetch(url, init);
    };
    this.client = createClient({
      base,
      fetch: ask,
      WebSocket: PageSocket,
      retryDelay: 20,
      pollInterval: 50,
      random: () => 0.5,
      ...options,
    });
    this.client.onState((state) => {
      this.states.push(state);
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  async state(wanted: LiveState): Promise<void> {
    while (this.client.state !== wanted) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  /** The newest socket loses its connection. */
  cut(): void {
    this.sockets.at(-1)?.terminate();
  }

  /** Resolves when a subscription to this filter is in force. */
  listen(filter: EventFilter, handler: (event: JobEvent) => void): Promise<void> {
    return new Promise((resolve) => {
      this.client.subscribe(filter, handler, { onReady: resolve });
    });
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

/** `job_started 1` and so on, of an iterator that ends; a claim that was put back and made again is one. */
export async function told(events: AsyncIterable<JobEvent>): Promise<string[]> {
  const list: string[] = [];
  for await (const { event, attempt } of events) {
    const line = `${event} ${attempt}`;
    if (line !== list.at(-1)) list.push(line);
  }
  return list;
}

// A client that keeps every event it receives, disconnects, and returns with the last id it knows.
import type { JobEvent } from '@phraseworks/sdk';
import { turn } from '../../testing/src/manual-clock.ts';
import { Listener } from '../support/listener.ts';
import { Broken } from './model.ts';

interface Frame {
  id: number;
  data: JobEvent;
}

/** Real milliseconds for a message to arrive. */
const PATIENCE = 5_000;

const isSame = (a: JobEvent | undefined, b: JobEvent | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

export class Ear {
  readonly heard: Frame[] = [];
  /** How many came before the process that sends now. */
  #before = 0;
  #url = '';
  #listener: Listener | null = null;
  #read = 0;
  #isOver = false;
  #last: number | undefined;

  get isConnected(): boolean {
    return this.#listener !== null;
  }

  /** The process that sends from now on; `isNew`: it has just started. */
  async connect(url: string, isNew: boolean): Promise<void> {
    if (this.#listener) return;
    this.#url = url;
    if (isNew) this.#before = this.heard.length;
    const listener = await open(this.#last === undefined ? url : `${url}?since=${this.#last}`);
    this.#last ??= listener.heard.find(({ type }) => type === 'hello')?.id;
    this.#listener = listener;
    this.#read = 0;
    this.#isOver = false;
    void listener.over.then(() => {
      if (this.#listener === listener) this.#isOver = true;
    });
  }

  /** Another process sends when it returns. */
  isElsewhere(): void {
    this.#before = this.heard.length;
  }

  async disconnect(): Promise<void> {
    this.#take();
    const listener = this.#listener;
    this.#listener = null;
    await listener?.[Symbol.asyncDispose]();
  }

  /** Waits until everything that the process told in itself has arrived, in the same order. */
  async catchUp(told: readonly JobEvent[]): Promise<void> {
    const end = performance.now() + PATIENCE;
    const isComplete = (): boolean =>
      this.heard.length - this.#before >= told.length &&
      (told.length === 0 || isSame(this.heard.at(-1)?.data, told.at(-1)));
    for (;;) {
      this.#take();
      if (isComplete()) break;
      if (this.#isOver) {
        // The server gave it up, as it does with a client that is late with an answer.
        await this.disconnect();
        await this.connect(this.#url, false);
      }
      if (performance.now() > end)
        throw new Broken(`a client heard ${this.heard.length - this.#before} of ${told.length} events`);
      await turn(1);
    }
    const tail = this.heard.slice(this.heard.length - told.length);
    const at = tail.findIndex(({ data }, n) => !isSame(data, told[n]));
    if (at >= 0) throw new Broken(`a client heard ${tail[at]?.data.event} in place of ${told[at]?.event}`);
  }

  /** A second client, which has received everything up to this one. */
  async replay(index: number): Promise<void> {
    const from = this.heard[index];
    if (!from) return;
    await using listener = await open(`${this.#url}?since=${from.id}`);
    const wanted = this.heard.slice(index + 1);
    const end = performance.now() + PATIENCE;
    while (listener.updates.length < wanted.length && performance.now() < end) await turn(1);
    const got = listener.updates;
    if (JSON.stringify(got.map(({ id, data }) => ({ id, data }))) !== JSON.stringify(wanted))
      throw new Broken(`a replay since ${from.id} gave ${got.length} of ${wanted.length} events, or others`);
  }

  #take(): void {
    const all = this.#listener?.heard ?? [];
    for (; this.#read < all.length; this.#read += 1) {
      const { type, id, data } = all[this.#read] as (typeof all)[number];
      if (type !== 'job_update' || id === undefined || !data) continue;
      if (id <= (this.#last ?? 0)) throw new Broken(`a client heard the event ${id} after ${this.#last}`);
      this.#last = id;
      this.heard.push({ id, data });
    }
  }
}

async function open(url: string): Promise<Listener> {
  const listener = new Listener(url, { headers: { 'x-test-as': 'admin' } });
  const end = performance.now() + PATIENCE;
  while (!listener.heard.some(({ type }) => type === 'hello')) {
    if (performance.now() > end) throw new Broken('a client is not greeted');
    await turn(1);
  }
  return listener;
}

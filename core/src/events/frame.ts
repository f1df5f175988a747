// One event as it is sent: made once, whatever the number of clients, and not at all when nobody listens.
import type { JobEvent } from '@phraseworks/sdk';
import type { StoredEvent } from '../db/ledger.ts';

export class Frame {
  readonly id: number;
  readonly event: JobEvent;
  readonly #text: string;
  #bytes: Buffer | undefined;

  constructor({ id, event, text }: StoredEvent) {
    this.id = id;
    this.event = event;
    this.#text = text;
  }

  /** Characters of the event as JSON. */
  get size(): number {
    return this.#text.length;
  }

  /** `{"id":7000,"type":"job_update","data":{...}}` */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(`{"id":${this.id},"type":"job_update","data":${this.#text}}`);
    return this.#bytes;
  }
}

// One event as it is sent: made once, whatever the number of clients, and not at all when nobody listens.
import type { JobEvent } from '@phraseworks/sdk';
import { maskSecrets } from '@phraseworks/sdk/secrets';
import type { StoredEvent } from '../db/stored-event.ts';

export class Frame {
  readonly id: number;
  readonly event: JobEvent;
  readonly #stored: StoredEvent;
  #bytes: Buffer | undefined;
  #maskedBytes: Buffer | undefined;

  constructor(stored: StoredEvent) {
    this.id = stored.id;
    this.event = stored.event;
    this.#stored = stored;
  }

  /** Characters of the event as JSON. */
  get size(): number {
    return this.#stored.text.length;
  }

  /** `{"id":7000,"type":"job_update","data":{...}}` */
  get bytes(): Buffer {
    this.#bytes ??= this.#framed(this.#stored.text);
    return this.#bytes;
  }

  /** The same without the secrets in it. */
  get masked(): Buffer {
    this.#maskedBytes ??= this.#mask();
    return this.#maskedBytes;
  }

  #mask(): Buffer {
    const shown = maskSecrets(this.event);
    return shown === this.event ? this.bytes : this.#framed(JSON.stringify(shown));
  }

  #framed(text: string): Buffer {
    return Buffer.from(`{"id":${this.id},"type":"job_update","data":${text}}`);
  }
}

// An event with its number, as those who listen get it: serialised once for all of them, if any wants it.
import type { JobEvent } from '@phraseworks/sdk';
import { maskSecrets } from '@phraseworks/sdk/secrets';

export class StoredEvent {
  readonly id: number;
  readonly event: JobEvent;
  #bytes: Buffer | undefined;
  #masked: Buffer | undefined;

  constructor(id: number, event: JobEvent) {
    this.id = id;
    this.event = event;
  }

  /** In bytes. */
  get size(): number {
    return this.bytes.length;
  }

  /** `{"id":7000,"type":"job_update","data":{...}}` */
  get bytes(): Buffer {
    this.#bytes ??= this.#message(this.event);
    return this.#bytes;
  }

  /** The same bytes without secrets. */
  get masked(): Buffer {
    const shown = this.#masked ? this.event : maskSecrets(this.event);
    this.#masked ??= shown === this.event ? this.bytes : this.#message(shown);
    return this.#masked;
  }

  #message(data: JobEvent): Buffer {
    return Buffer.from(JSON.stringify({ id: this.id, type: 'job_update', data }));
  }
}

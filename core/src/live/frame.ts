// One event as it is sent: made once, whatever the number of clients, and not at all without listeners.
import type { JobEvent } from '@phraseworks/sdk';
import { maskSecrets } from '@phraseworks/sdk/secrets';
import type { StoredEvent } from '../store/event-codec.ts';

export class Frame {
  readonly id: number;
  readonly event: JobEvent;
  /** Characters of the event as JSON. */
  readonly size: number;
  #text: string;
  #bytes: Buffer | undefined;
  #maskedBytes: Buffer | undefined;

  constructor(stored: StoredEvent) {
    this.id = stored.id;
    this.event = stored.event;
    this.#text = stored.text;
    this.size = this.#text.length;
  }

  /** `{"id":7000,"type":"job_update","data":{...}}` */
  get bytes(): Buffer {
    if (this.#bytes) return this.#bytes;
    this.#bytes = this.#framed(this.#text);
    // One copy is enough.
    this.#text = '';
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

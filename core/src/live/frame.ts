// Events as they are sent, serialised once for all clients, and the most recent ones kept in memory.
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
    // Free the text: the bytes are enough.
    this.#text = '';
    return this.#bytes;
  }

  /** The same bytes without secrets. */
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

const MAX_FRAMES = 1_000;
const MAX_SIZE = 4 * 1024 * 1024;

export class Recent {
  readonly #frames: Frame[] = [];
  #size = 0;
  /** All events heard after this id are here. */
  #from = Number.POSITIVE_INFINITY;
  #heard = -1;

  /** The newest id heard; -1 before the first. */
  get heard(): number {
    return this.#heard;
  }

  push(frame: Frame): void {
    if (this.#heard < 0) this.#from = frame.id - 1;
    this.#heard = frame.id;
    this.#frames.push(frame);
    this.#size += frame.size;
    while (this.#frames.length > MAX_FRAMES || this.#size > MAX_SIZE) {
      const oldest = this.#frames.shift();
      if (!oldest) return;
      this.#from = oldest.id;
      this.#size -= oldest.size;
    }
  }

  /** Keeps no frames while no client is connected: new clients read the ledger up to here. */
  skip(id: number): void {
    this.#frames.length = 0;
    this.#size = 0;
    this.#from = id;
    this.#heard = id;
  }

  /** The events after `id`, oldest first; null if some are no longer here. */
  after(id: number): Frame[] | null {
    if (id < this.#from) return null;
    return this.#frames.slice(this.#frames.findLastIndex((frame) => frame.id <= id) + 1);
  }
}

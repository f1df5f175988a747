// Events as they are sent, serialised once for all clients if any wants them, and the most recent ones kept in memory.
import type { JobEvent } from '@phraseworks/sdk';
import { maskSecrets } from '@phraseworks/sdk/secrets';
import type { StoredEvent } from '../store/event-codec.ts';

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

/** Of at most some 20 kB each. */
const MAX_FRAMES = 1_000;

export class Recent {
  readonly #frames: Frame[] = [];
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
    if (this.#frames.length > MAX_FRAMES) this.#from = this.#frames.shift()?.id ?? this.#from;
  }

  /** Keeps no frames while no client is connected: new clients read the ledger up to here. */
  skip(id: number): void {
    this.#frames.length = 0;
    this.#from = id;
    this.#heard = id;
  }

  /** The events after `id`, oldest first; null if some are no longer here. */
  after(id: number): Frame[] | null {
    if (id < this.#from) return null;
    return this.#frames.slice(this.#frames.findLastIndex((frame) => frame.id <= id) + 1);
  }
}

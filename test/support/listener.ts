// A WebSocket client that keeps what it receives.
import type { JobEvent, JobMessage } from '@phraseworks/sdk/client';
import { type ClientOptions, WebSocket } from 'ws';

/** Also `hello`, `subscribed`, `resync` and `error`, which carry no event. */
export interface Heard {
  id?: number;
  type: string;
  data?: JobEvent;
}

export class Listener implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly socket: WebSocket;
  /** The close code, or the HTTP status that refused the upgrade. */
  readonly over: Promise<number>;
  #onHeard: (() => void)[] = [];

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.on('message', (data) => {
      this.heard.push(JSON.parse(String(data)) as Heard);
      for (const wake of this.#onHeard.splice(0)) wake();
    });
    this.over = new Promise((resolve) => {
      this.socket.on('close', (code) => resolve(code));
      this.socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      this.socket.on('error', () => {});
    });
  }

  /** Connected and greeted. */
  static async open(url: string, options: ClientOptions = {}): Promise<Listener> {
    const listener = new Listener(url, options);
    await listener.until(({ heard }) => heard.some(({ type }) => type === 'hello'));
    return listener;
  }

  get updates(): JobMessage[] {
    return this.heard.filter((message): message is JobMessage => message.type === 'job_update');
  }

  /** The names of the events of a job, in the order they came. */
  of(jobId: string): string[] {
    return this.updates.filter(({ data }) => data.jobId === jobId).map(({ data }) => data.event);
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  async until(holds: (listener: this) => boolean): Promise<void> {
    while (!holds(this)) {
      await new Promise<void>((resolve) => {
        this.#onHeard.push(resolve);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.over;
  }
}

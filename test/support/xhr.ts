// The part of XMLHttpRequest that an upload uses, over node's own HTTP: node has none.
import { type ClientRequest, request } from 'node:http';

/** Bytes that are handed on at a time. */
const CHUNK = 64 * 1024;

export class Xhr {
  status = 0;
  responseText = '';
  readonly upload: { onprogress: ((told: { loaded: number; total: number }) => void) | null } = { onprogress: null };
  onloadend: (() => void) | null = null;
  readonly #headers: Record<string, string> = {};
  #address: [method: string, url: string] = ['GET', ''];
  #answered: Record<string, string | string[] | undefined> = {};
  #request: ClientRequest | undefined;

  open(...address: [method: string, url: string]): void {
    this.#address = address;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value;
  }

  getResponseHeader(name: string): string | null {
    const value = this.#answered[name];
    return typeof value === 'string' ? value : null;
  }

  send(form: FormData): void {
    void this.#send(form).catch(() => this.onloadend?.());
  }

  abort(): void {
    this.#request?.destroy();
  }

  async #send(form: FormData): Promise<void> {
    const packed = new Response(form);
    const body = Buffer.from(await packed.arrayBuffer());
    const [method, url] = this.#address;
    const type = packed.headers.get('content-type') ?? '';
    const headers = { ...this.#headers, 'content-type': type, 'content-length': body.length };
    const asking = request(url, { method, headers });
    this.#request = asking;
    const answer = new Promise<void>((resolve, reject) => {
      asking.on('error', reject);
      asking.on('response', (response) => {
        const { statusCode = 0, headers: given } = response;
        this.#answered = given;
        response.setEncoding('utf8').on('data', (text: string) => {
          this.responseText += text;
        });
        response.on('end', () => {
          this.status = statusCode;
          resolve();
        });
      });
    });
    for (let from = 0; from < body.length && !asking.destroyed; from += CHUNK) {
      const loaded = Math.min(body.length, from + CHUNK);
      await new Promise<void>((resolve) => asking.write(body.subarray(from, loaded), () => resolve()));
      this.upload.onprogress?.({ loaded, total: body.length });
    }
    asking.end();
    await answer;
    this.onloadend?.();
  }
}

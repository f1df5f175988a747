// A client of a site that tells what it asked for and which sockets it holds.
import { type Client, createClient } from '@phraseworks/sdk/client';
import { WebSocket } from 'ws';

export interface WatchedClient {
  client: Client;
  /** `GET /api/jobs/ID`, in the order they were sent. */
  asked: string[];
  /** Sockets that were ever opened. */
  sockets: WebSocket[];
  /** Sockets that are not closed. */
  open(): WebSocket[];
}

/** `url` is the mount point. */
export function watchedClient(url: string): WatchedClient {
  const asked: string[] = [];
  const sockets: WebSocket[] = [];
  const client = createClient({
    base: url,
    retryDelay: 20,
    fetch: (input, init) => {
      asked.push(`${init?.method ?? 'GET'} ${String(input).slice(url.length)}`);
      return fetch(input, init);
    },
    WebSocket: class extends WebSocket {
      constructor(address: string) {
        super(address);
        sockets.push(this);
      }
    },
  });
  return { client, asked, sockets, open: () => sockets.filter(({ readyState }) => readyState !== WebSocket.CLOSED) };
}

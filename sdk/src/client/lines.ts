// Transports for events: a WebSocket, or a stream over plain HTTP.
import type { Line, LineEvents, LinkMessage } from './link.ts';
import type { Requests } from './request.ts';

export type SocketClass = new (url: string) => unknown;

/** The parts of the browser's class that we use. */
interface Socket {
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  send(text: string): void;
  close(): void;
}

export function socketLine(Socket: SocketClass, url: string, { message, over }: LineEvents): Line {
  const socket = new Socket(url) as Socket;
  socket.onmessage = ({ data }: { data: string }) => message(JSON.parse(data) as LinkMessage);
  // The argument is an event, not a reason.
  socket.onclose = socket.onerror = over;
  return socket;
}

/** Uses `fetch`, which can send the token, unlike EventSource. */
export function streamLine({ send }: Requests, path: string, { message, alive, over }: LineEvents): Line {
  const stop = new AbortController();
  const read = async (): Promise<void> => {
    const { body } = await send(path, { signal: stop.signal });
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      const blocks = (text + decoder.decode(value, { stream: true })).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        // The closing message has no type and no content.
        if (data) message(JSON.parse(data) as LinkMessage);
      }
    }
  };
  read().then(over, over);
  return { close: () => stop.abort() };
}

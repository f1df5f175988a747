// The event stream: the same messages as on the WebSocket, as server-sent events, for clients and servers without sockets.
import type { Context, Handler } from 'hono';
import type { Clock } from '../kernel/clock.ts';
import { CLOSE, type FrameInfo, type LiveClient, type LiveConnection } from '../live/client.ts';
import { sinceOf } from '../live/filter.ts';
import type { LiveRoute } from './websocket.ts';

/** Milliseconds between two comments, which keep proxies from closing the stream. */
const COMMENT_EVERY = 15_000;
/** Milliseconds a browser waits before it reconnects. */
const RETRY = 3_000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

/** `GET /events?jobs=&types=&since=`; the header `Last-Event-ID` wins over `since`. */
export function eventStream({ hub, clock, authorize }: LiveRoute): Handler {
  return async (c) => {
    const options = await authorize(c);
    const since = sinceOf(c.req.header('last-event-id')) ?? options.since;
    // The stream of a HEAD response would never be read or cancelled.
    if (c.req.raw.method === 'HEAD') return c.body(null, 200, HEADERS);
    const stream = openStream(c, clock, (client) => hub.connect(client, { ...options, since, isStream: true }));
    return c.body(stream, 200, HEADERS);
  };
}

function openStream(
  c: Context,
  clock: Clock,
  connect: (client: LiveClient) => LiveConnection,
): ReadableStream<Uint8Array> {
  let open = true;
  const over = (): void => {
    if (!open) return;
    open = false;
    stopComments();
    connection.closed();
  };

  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const start = (own: ReadableStreamDefaultController<Uint8Array>): void => {
    controller = own;
  };
  const stream = new ReadableStream({ start, cancel: over }, new ByteLengthQueuingStrategy({ highWaterMark: 0 }));
  const write = (text: string): void => controller.enqueue(Buffer.from(text));
  write(`retry: ${RETRY}\n\n`);

  let stopComments = (): void => {};
  const comment = (): void => {
    write(':\n\n');
    stopComments = clock.after(COMMENT_EVERY, comment);
  };
  stopComments = clock.after(COMMENT_EVERY, comment);

  const connection = connect({
    send: (frame, info) => controller.enqueue(eventOf(frame, info)),
    buffered: () => -(controller.desiredSize ?? 0),
    close: (code, reason) => {
      if (!open) return;
      open = false;
      stopComments();
      if (code === CLOSE.tooSlow) return cutOff(c, controller);
      write(`event: close\ndata: ${JSON.stringify({ code, reason })}\n\n`);
      controller.close();
    },
  });
  c.req.raw.signal.addEventListener('abort', over, { once: true });
  return stream;
}

/** Encoded events by the frame that the hub sends to all, so that each is encoded once for all clients. */
const encoded = new WeakMap<Buffer, Buffer>();

function eventOf(frame: string | Buffer, info: FrameInfo): Buffer {
  if (typeof frame === 'string') return framed(Buffer.from(frame), info);
  const known = encoded.get(frame) ?? framed(frame, info);
  encoded.set(frame, known);
  return known;
}

function framed(data: Buffer, { type, id }: FrameInfo): Buffer {
  const head = id === undefined ? `event: ${type}\ndata: ` : `id: ${id}\nevent: ${type}\ndata: `;
  return Buffer.concat([Buffer.from(head), data, Buffer.from('\n\n')]);
}

/** Drops the connection at once: the client does not read what is waiting. */
function cutOff(c: Context, controller: ReadableStreamDefaultController<Uint8Array>): void {
  const outgoing = (c.env as { outgoing?: { destroy?: () => void } } | undefined)?.outgoing;
  if (outgoing?.destroy) outgoing.destroy();
  else controller.error(new Error('the client reads too slowly'));
}

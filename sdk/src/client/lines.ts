// The transport for events: a WebSocket.
import type { Line, LineEvents, LinkMessage } from './link.ts';

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

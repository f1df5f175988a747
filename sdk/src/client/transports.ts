// The transports for events, best first.
import { type Link, type Opening, openLink, type SocketClass, socketLine } from './link.ts';
import type { ClientOptions } from './options.ts';
import { type Requests, searchOf } from './request.ts';
import { createTimer } from './timer.ts';

/** Resolves after the first poll. Throws its error. */
async function openPolling(look: () => Promise<unknown>, every: number, { lost }: Opening): Promise<Link> {
  const timer = createTimer();
  let open = true;
  const close = (): void => {
    open = false;
    timer();
  };
  const over = (): void => {
    if (open) lost(link);
    close();
  };
  const next = (): void => {
    if (open) timer(every, again);
  };
  const again = (): void => {
    look().then(next, over);
  };
  const link: Link = {
    kind: 'polling',
    asked: [],
    get open() {
      return open;
    },
    subscribe: again,
    check: again,
    close,
  };
  await look();
  next();
  return link;
}

export interface Transport {
  readonly kind: Link['kind'];
  open(opening: Opening): Promise<Link>;
}

interface Needs {
  requests: Requests;
  options: ClientOptions;
  /** The page's id, as PhraseWorks' own client sends it. */
  page: { clientId?: string };
  /** One poll of everything that is followed. */
  look(): Promise<unknown>;
}

/**
 * With a token a socket needs a ticket. Without one, the page's cookie may suffice; if the host's own middleware must see it,
 * which upgrades bypass, a ticket works too.
 */
export function createTransports({ requests, options, page, look }: Needs): Transport[] {
  const { WebSocket: standard } = globalThis as { WebSocket?: SocketClass };
  const { pollInterval = 3_000, token, every, WebSocket: Socket = standard } = options;
  const queryOf = ({ wanted, since }: Opening, more?: object): string =>
    `?${searchOf({ ...more, every, ...wanted, since })}`;
  const socket = (opening: Opening, ticket?: string): Promise<Link> => {
    const url = requests.url(`/ws${queryOf(opening, { ...page, ticket })}`);
    return openLink(opening, (on) => socketLine(Socket as SocketClass, whole(url), on));
  };
  const withTicket = async (opening: Opening): Promise<Link> => {
    const init = { method: 'POST', signal: opening.signal };
    const { ticket } = await requests.json<{ ticket: string }>('/api/ticket', init);
    return socket(opening, ticket);
  };
  return [
    ...(Socket && !token ? [{ kind: 'socket', open: socket } as const] : []),
    ...(Socket ? [{ kind: 'socket', open: withTicket } as const] : []),
    { kind: 'polling', open: (opening) => openPolling(look, pollInterval, opening) },
  ];
}

/** For a WebSocket, which needs a full URL. */
function whole(url: string): string {
  const { location } = globalThis as { location?: { href: string } };
  return new URL(url, location?.href).href.replace(/^http/, 'ws');
}

// Who is let in while the host has no `authorize`: people on this machine, with nothing in between.

const LOOPBACK_PEER = /^(?:::ffff:)?127(?:\.\d{1,3}){3}$|^::1$/i;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Any of these says that somebody else stands before us: a proxy on this machine is not this machine. */
const FORWARDED = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
];

/** The address at the other end of the connection: the shape of node-server 1 and 2; undefined without a socket. */
export function peerOf(env: unknown): string | undefined {
  const outer = env as { server?: unknown; incoming?: unknown } | undefined;
  const inner = (outer?.server ?? outer) as { incoming?: { socket?: { remoteAddress?: unknown } } } | undefined;
  const address = inner?.incoming?.socket?.remoteAddress;
  return typeof address === 'string' ? address : undefined;
}

/** Peer and Host are loopback, and no header tells of a proxy. A name that was bent to 127.0.0.1 fails by its Host. */
export function isFromThisMachine(peer: string | undefined, headers: Headers): boolean {
  if (peer === undefined || !LOOPBACK_PEER.test(peer)) return false;
  if (!LOOPBACK_HOST.test(headers.get('host') ?? '')) return false;
  if (FORWARDED.some((name) => headers.has(name))) return false;
  return ![...headers.keys()].some((name) => name.startsWith('x-forwarded'));
}

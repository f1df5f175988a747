// Who is at the other end of a connection.

/** Its address: the shape of node-server 1 and 2; undefined without a socket. */
export function peerOf(env: unknown): string | undefined {
  const outer = env as { server?: unknown; incoming?: unknown } | undefined;
  const inner = (outer?.server ?? outer) as { incoming?: { socket?: { remoteAddress?: unknown } } } | undefined;
  const address = inner?.incoming?.socket?.remoteAddress;
  return typeof address === 'string' ? address : undefined;
}

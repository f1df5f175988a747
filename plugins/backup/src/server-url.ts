// What stands in a `mysql://` URL, for connections of our own. Pure.

export interface Login {
  hosts: readonly { host: string; port: number }[];
  user: string;
  password: string;
  database: string;
  /** `verify`: TLS with a certificate that is checked; `unchecked`: TLS without a check. */
  tls: 'off' | 'verify' | 'unchecked';
  /** The file with the certificate authority. */
  tlsCa: string | null;
}

const DEFAULT_PORT = 3_306;
const SHAPE = /^(?:mysql|mariadb):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?@]+)\/([^/?]+)(?:\?(.*))?$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/;
const TLS: Readonly<Record<string, Login['tls']>> = {
  true: 'verify',
  verify: 'verify',
  unchecked: 'unchecked',
  false: 'off',
};

/** Null for what is no such URL. The same shape as the host's own `database`: several hosts, `tls`, `tls-ca`. */
export function readServerUrl(url: string): Login | null {
  const parts = SHAPE.exec(url);
  if (!parts) return null;
  const [, user = '', password = '', hosts = '', database = '', query = ''] = parts;
  const options = new URLSearchParams(query);
  const tls = TLS[options.get('tls') ?? (options.has('tls-ca') ? 'true' : 'false')];
  const places = hosts.split(',').map(readHost);
  if (tls === undefined || places.some((place) => place === null)) return null;
  try {
    return {
      hosts: places.filter((place) => place !== null),
      user: decodeURIComponent(user),
      password: decodeURIComponent(password),
      database: decodeURIComponent(database),
      tls,
      tlsCa: options.get('tls-ca'),
    };
  } catch {
    return null;
  }
}

function readHost(text: string): { host: string; port: number } | null {
  const found = HOST.exec(text.trim());
  const port = Number(found?.[2] ?? DEFAULT_PORT);
  if (!found || port < 1 || port > 65_535) return null;
  return { host: (found[1] ?? '').replace(/^\[|\]$/g, ''), port };
}

/** Where the data lies, for people: without user and password. */
export const placeOf = ({ hosts, database }: Login): string =>
  `mysql://${hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',')}/${database}`;

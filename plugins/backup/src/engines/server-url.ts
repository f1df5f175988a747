// Parses `mysql://` and `postgresql://` URLs. Pure.

export interface Login {
  engine: 'mysql' | 'postgres';
  hosts: readonly { host: string; port: number }[];
  user: string;
  password: string;
  database: string;
  /** MySQL and MariaDB: `off`, `verify` (TLS with a certificate that is checked) or `unchecked`. PostgreSQL: its own `sslmode`. */
  tls: string;
  /** The file with the certificate authority. */
  tlsCa: string | null;
}

const SHAPE = /^(mysql|mariadb|postgres|postgresql):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?@]+)\/([^/?]+)(?:\?(.*))?$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/;
const TLS: Readonly<Record<string, string>> = {
  true: 'verify',
  verify: 'verify',
  unchecked: 'unchecked',
  false: 'off',
};
const SSLMODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** Undefined for unknown values: a typo must not turn TLS off. */
function tlsOf(engine: Login['engine'], options: URLSearchParams): Pick<Login, 'tls' | 'tlsCa'> | undefined {
  if (engine === 'mysql') {
    const tls = TLS[options.get('tls') ?? (options.has('tls-ca') ? 'true' : 'false')];
    return tls === undefined ? undefined : { tls, tlsCa: options.get('tls-ca') };
  }
  const tlsCa = options.get('sslrootcert');
  const tls = options.get('sslmode') ?? (tlsCa === null ? 'prefer' : 'verify-full');
  const known = SSLMODES.includes(tls) && [...options.keys()].every((key) => /^(?:sslmode|sslrootcert)$/.test(key));
  return known ? { tls, tlsCa } : undefined;
}

/** Null for any other URL. `mysql://` takes what the host's setting `database` takes: several hosts, `tls`, `tls-ca`. */
export function readServerUrl(url: string): Login | null {
  const parts = SHAPE.exec(url);
  if (!parts) return null;
  const [, scheme = '', user = '', password = '', hosts = '', database = '', query = ''] = parts;
  const engine = scheme.startsWith('postgres') ? 'postgres' : 'mysql';
  const tls = tlsOf(engine, new URLSearchParams(query));
  const places = hosts.split(',').map((text) => readHost(text, engine === 'mysql' ? 3_306 : 5_432));
  if (tls === undefined || places.some((place) => place === null)) return null;
  try {
    return {
      engine,
      hosts: places.filter((place) => place !== null),
      user: decodeURIComponent(user),
      password: decodeURIComponent(password),
      database: decodeURIComponent(database),
      ...tls,
    };
  } catch {
    return null;
  }
}

function readHost(text: string, defaultPort: number): { host: string; port: number } | null {
  const found = HOST.exec(text.trim());
  const port = Number(found?.[2] ?? defaultPort);
  if (!found || port < 1 || port > 65_535) return null;
  return { host: (found[1] ?? '').replace(/^\[|\]$/g, ''), port };
}

/** For messages: without user and password. */
export const placeOf = ({ engine, hosts, database }: Login): string =>
  `${engine === 'mysql' ? 'mysql' : 'postgresql'}://${hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',')}/${database}`;

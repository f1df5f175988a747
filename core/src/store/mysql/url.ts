// Parses `mysql://` URLs: hosts in order of preference, user, database and options. Pure.
import type { FieldError } from '@phraseworks/sdk';
import { invalidConfig } from '../../kernel/config.ts';

export interface MysqlPlace {
  hosts: readonly { host: string; port: number }[];
  user: string;
  password: string;
  database: string;
  /** `verify`: TLS with a checked certificate; `unchecked`: TLS without the check. */
  tls: 'off' | 'verify' | 'unchecked';
  /** The file with the certificate authority. */
  tlsCa: string | null;
  /** The most connections of one process, 3 to 100. */
  connections: number;
}

const DEFAULT_PORT = 3_306;
const DEFAULT_CONNECTIONS = 8;
const SHAPE = /^(?:mysql|mariadb):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]+)\/([^/?]+)(?:\?(.*))?$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/;
const TLS: Readonly<Record<string, MysqlPlace['tls']>> = {
  true: 'verify',
  verify: 'verify',
  unchecked: 'unchecked',
  false: 'off',
};

export const isMysqlUrl = (url: unknown): url is string => typeof url === 'string' && /^(mysql|mariadb):\/\//.test(url);

const refused = (message: string) => invalidConfig([{ path: 'database', message }] satisfies FieldError[]);

/** Throws `INVALID_CONFIG` without repeating any of the URL, which may hold a password. */
export function readMysqlUrl(url: string): MysqlPlace {
  const parts = SHAPE.exec(url);
  if (!parts) throw refused('must have the form mysql://user:password@host:port/database');
  const [, user = '', password = '', hosts = '', database = '', query = ''] = parts;
  const options = new URLSearchParams(query);
  for (const name of options.keys()) {
    if (!['tls', 'tls-ca', 'connections'].includes(name))
      throw refused('has an unknown option: use tls, tls-ca or connections');
  }
  const tls = TLS[options.get('tls') ?? (options.has('tls-ca') ? 'true' : 'false')];
  if (tls === undefined) throw refused('has an invalid tls option: use true, unchecked or false');
  const connections = Number(options.get('connections') ?? DEFAULT_CONNECTIONS);
  if (!Number.isInteger(connections) || connections < 3 || connections > 100)
    throw refused('has an invalid connections option: use a whole number from 3 to 100');
  return {
    hosts: hosts.split(',').map(readHost),
    user: decoded(user),
    password: decoded(password),
    database: decoded(database),
    tls,
    tlsCa: options.get('tls-ca'),
    connections,
  };
}

/** One URL per server that it names. */
export function urlsByHost(url: string): { host: string; url: string }[] {
  const [from = 0, to = 0] = new RegExp(SHAPE, 'd').exec(url)?.indices?.[3] ?? [];
  return url
    .slice(from, to)
    .split(',')
    .map((host) => ({ host: host.trim(), url: url.slice(0, from) + host.trim() + url.slice(to) }));
}

function readHost(text: string): { host: string; port: number } {
  if (text.includes('@')) throw refused('has an @ in the password: write it as %40');
  const found = HOST.exec(text.trim());
  const port = Number(found?.[2] ?? DEFAULT_PORT);
  if (!found || port < 1 || port > 65_535) throw refused('has an invalid host: use host:port');
  return { host: (found[1] ?? '').replace(/^\[|\]$/g, ''), port };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('has a % without two hex digits: write a % in the password as %25');
  }
}

/** Where the data is stored, for people: the URL without user and password. */
export const placeName = ({ hosts, database }: MysqlPlace): string =>
  `mysql://${hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',')}/${encodeURIComponent(database)}`;

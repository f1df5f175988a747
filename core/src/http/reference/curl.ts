// A request as a command line: in single quotes, so that a shell changes nothing of it.
import type { Described } from '../route.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** `:id` of a path as `JOB_ID`, to be replaced by hand. */
export const placeholders = (path: string): string =>
  path.replace(/:([A-Za-z]+)/g, (_, name: string) => (name === 'id' ? 'JOB_ID' : name.toUpperCase()));

/** `origin`: scheme and host of the site, as the reader wrote them. */
export function curlOf({ method, path, body }: Described, origin: string, base: string, example: unknown): string {
  const verb = method === 'get' ? '' : `-X ${method.toUpperCase()} `;
  const lines = [`curl ${verb}${quoted(`${origin}${base}${placeholders(path)}`)}`];
  if (body) lines.push(`-H ${quoted('Content-Type: application/json')}`, `-d ${quoted(JSON.stringify(example ?? {}))}`);
  return lines.join(' \\\n  ');
}

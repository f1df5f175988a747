// Places that a result names: a mail that opens, a file that can be looked at.
/** @jsxImportSource hono/jsx */
import { reachable } from '../pages/reachable.ts';
import type { Visit } from '../visit.ts';
import { shown } from './shown.ts';

/** Where routes of plugins are, below the mount point. */
const ROUTES = '/plugins/';

export function Places({ visit, result }: { visit: Visit; result: unknown }) {
  const places = placesIn(result).flatMap(({ name, path }) => {
    const href = reachable(visit, path);
    return href === undefined ? [] : [{ name, href }];
  });
  if (places.length === 0) return null;
  return (
    <p class="places">
      {places.map(({ name, href }) => (
        <a href={href}>{visit.words.job.open(shown(name, 100))}</a>
      ))}
    </p>
  );
}

const placesIn = (result: unknown): { name: string; path: string }[] =>
  typeof result !== 'object' || result === null
    ? []
    : Object.entries(result).flatMap(([name, path]) =>
        typeof path === 'string' && path.startsWith(ROUTES) ? [{ name, path }] : [],
      );

// Edits files of the built core while they are loaded. Runs in the thread of Node's loader.
import type { InitializeHook, LoadHook } from 'node:module';
import { type Edit, edited } from './mechanisms.ts';

let edits: readonly Edit[] = [];

export const initialize: InitializeHook<readonly Edit[]> = (given) => {
  edits = given;
};

export const load: LoadHook = async (url, context, next) => {
  const mine = edits.filter(({ file }) => url.endsWith(`/core/dist/${file}.js`));
  const loaded = await next(url, context);
  return mine.length === 0 ? loaded : { ...loaded, source: edited(String(loaded.source), mine) };
};

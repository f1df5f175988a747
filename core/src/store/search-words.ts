// Matches the words of a search with jobs.
import type { SearchWord } from '@phraseworks/sdk';
import { valueAt } from '@phraseworks/sdk/host';
import type { JobRecord } from '../job/record.ts';
import { decodeJson } from '../kernel/json.ts';

/** What of a job a word may match; `data`: JSON text. */
export type Readable = Pick<JobRecord, 'id' | 'type' | 'error' | 'data'>;

/** Does it need the data? */
export const readsData = ({ kind }: SearchWord): boolean => kind === 'text' || kind === 'data';

/** States, types, plugins and contents are not checked here: they choose what is searched. */
export function isFoundBy(word: SearchWord, { id, type, error, data }: Readable): boolean {
  switch (word.kind) {
    case 'status':
    case 'type':
    case 'plugin':
    case 'about':
      return true;
    case 'id':
      return holds(id, word.text);
    case 'error':
      return holdsInOrder(error ?? '', word.text.split('#'));
    case 'data':
      return holds(JSON.stringify(valueAt(decodeJson(data), word.path)) ?? '', inJson(word.text));
    case 'text':
      return [id, type, error ?? ''].some((text) => holds(text, word.text)) || holds(data, inJson(word.text));
  }
}

/** As written inside JSON. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

const holds = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());

function holdsInOrder(text: string, parts: readonly string[]): boolean {
  const all = text.toLowerCase();
  let from = 0;
  return parts.every((part) => {
    const at = all.indexOf(part.toLowerCase(), from);
    from = at + part.length;
    return at >= 0;
  });
}

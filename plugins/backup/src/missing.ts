// What a backup lacks, each with the reason: anything that the configuration does not call optional makes it incomplete.
import { z } from 'zod';

export const MissingItem = z.object({
  /** The database or the folder, as the config names it. */
  part: z.string(),
  /** A path in the folder or an object of the database; empty for all of it. */
  what: z.string(),
  reason: z.string(),
  /** The config key `optional` names it. */
  optional: z.boolean(),
});
export type MissingItem = z.output<typeof MissingItem>;

/** The manifest lists at most this many; the rest are counted. */
const NAMED = 200;

const pathOf = ({ part, what }: Pick<MissingItem, 'part' | 'what'>): string => (what === '' ? part : `${part}/${what}`);

/** `uploads/a.jpg cannot be read (EACCES)`. */
export const wordsOf = (item: MissingItem): string =>
  `${pathOf(item)} ${item.reason}${item.optional ? ' (optional)' : ''}`;

/** `a ...; b ...; and 5 more`; optional ones come last. */
export function sentenceOf(items: readonly MissingItem[], count: number, most: number): string {
  const named = [...items].sort((a, b) => Number(a.optional) - Number(b.optional)).slice(0, most);
  const more = count - named.length;
  return [...named.map(wordsOf), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

export class MissingList {
  count = 0;
  /** Something is missing that is not optional. */
  incomplete = false;
  readonly #items: MissingItem[] = [];
  readonly #optional: readonly string[];

  /** `optional`: names of parts, or paths below them, such as `uploads/cache`. */
  constructor(optional: readonly string[]) {
    this.#optional = optional.map((path) => path.replace(/\/+$/, ''));
  }

  add(part: string, what: string, reason: string): void {
    const path = pathOf({ part, what });
    const optional = this.#optional.some((one) => path === one || path.startsWith(`${one}/`));
    this.count += 1;
    if (!optional) this.incomplete = true;
    const item = { part, what: what.slice(0, 300), reason, optional };
    if (this.#items.length < NAMED) this.#items.push(item);
    // Optional items never crowd out a required one.
    else if (!optional && this.#items.every((one) => one.optional)) this.#items[NAMED - 1] = item;
  }

  list(): MissingItem[] {
    return [...this.#items];
  }
}

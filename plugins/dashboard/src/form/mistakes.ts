// Which field a mistake belongs to: the API names places in the data, `data.operations[0].width`.
import type { FieldError } from '@phraseworks/sdk';
import { type Draft, placeIn, ROOT, rowsIn } from './draft.ts';
import type { Field } from './field.ts';

/** Sentences by place. */
export type Mistakes = ReadonlyMap<string, readonly string[]>;

/** `base` is how the API calls the whole value: `data`. What lies elsewhere belongs to the whole form. */
export function mistakesOf(field: Field, draft: Draft, base: string, errors: readonly FieldError[]): Mistakes {
  const found = new Map<string, string[]>();
  for (const { path, message } of errors) {
    const inside = path === base || path.startsWith(`${base}.`) || path.startsWith(`${base}[`);
    const keys = inside ? keysIn(path.slice(base.length)) : [];
    const { place, rest } = closest(field, draft, keys);
    const told = inside ? [...rest, message].join(' ') : `${path} ${message}`;
    found.set(place, [...(found.get(place) ?? []), told]);
  }
  return found;
}

const keysIn = (path: string): (string | number)[] =>
  (path.match(/[^.[\]]+/g) ?? []).map((key) => (/^\d+$/.test(key) ? Number(key) : key));

/** The field that lies nearest on the way, and what of the way is left. */
function closest(root: Field, draft: Draft, keys: readonly (string | number)[]): { place: string; rest: string[] } {
  let field = root;
  let place = ROOT;
  for (const [i, key] of keys.entries()) {
    const next = draft.has(`${place}?json`) ? undefined : inside(field, draft, place, key);
    if (!next) return { place, rest: [keys.slice(i).join('.')] };
    field = next.field;
    place = next.place;
  }
  // One without its list is shown as the first row.
  const alone = field.kind === 'list' && field.orOne && !draft.has(`${place}?list`) && rowsIn(draft, place, 2) === 1;
  return { place: alone ? placeIn(place, 0) : place, rest: [] };
}

function inside(
  field: Field,
  draft: Draft,
  place: string,
  key: string | number,
): { field: Field; place: string } | undefined {
  if (field.kind === 'union') {
    const branch = field.branches[Number(draft.get(`${place}?as`) || 0)];
    return branch && inside(branch, draft, place, key);
  }
  if (field.kind === 'group') {
    const part = field.parts.find((one) => one.key === String(key) && one.field.kind !== 'fixed');
    return part && { field: part.field, place: placeIn(place, part.key) };
  }
  if (field.kind === 'list' && typeof key === 'number' && key < rowsIn(draft, place, field.most)) {
    return { field: field.item, place: placeIn(place, key) };
  }
  return undefined;
}

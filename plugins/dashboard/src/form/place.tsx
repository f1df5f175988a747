// One place of a form: what everything that shows it gets, and what is below it.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { type Draft, rowsIn } from './draft.ts';
import type { Field, ListField, NumberField } from './field.ts';
import type { Mistakes } from './mistakes.ts';

export interface PlaceProps<F = Field> {
  field: F;
  place: string;
  draft: Draft;
  mistakes: Mistakes;
  /** It is required, and so is the group around it. */
  must: boolean;
  label: string;
  /** Its name is beside it already. */
  named: boolean;
  /** What shows a field in a field. */
  show: (props: PlaceProps) => Child;
}

/** Help, limits and mistakes of one field. */
export function Below({ field, place, draft, mistakes }: PlaceProps) {
  const wrong = mistakes.get(place) ?? [];
  const range = field.kind === 'number' ? rangeOf(field) : null;
  const standard = field.kind === 'list' && rowsIn(draft, place, field.most) === 0 ? defaultOf(field) : null;
  const other =
    draft.has(`${place}?json`) && field.kind !== 'json' ? "Shown as JSON: it can't be edited with this form." : null;
  const help = [field.help, range, standard, other].filter((text) => typeof text === 'string');
  return (
    <>
      {help.length === 0 ? null : <small class="hint">{help.join(' ')}</small>}
      {wrong.length === 0 ? null : (
        <small class="error" id={`${place}!`}>
          {wrong.join('; ')}
        </small>
      )}
    </>
  );
}

const defaultOf = ({ fallback }: ListField): string | null =>
  Array.isArray(fallback) && fallback.length > 0
    ? `default: ${fallback.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(', ')}`
    : null;

const rangeOf = ({ least, most }: NumberField): string | null =>
  least === undefined && most === undefined
    ? null
    : least === undefined
      ? `max. ${most}`
      : most === undefined
        ? `min. ${least}`
        : `${least} to ${most}`;

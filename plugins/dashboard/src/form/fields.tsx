// The fields of a group, each with its name, description and error.
/** @jsxImportSource hono/jsx */

import { labelOf } from '../wording.ts';
import { type Draft, placeIn, rowsIn } from './draft.ts';
import type { Field, GroupField } from './field.ts';
import { JsonInput } from './json-input.tsx';
import type { Mistakes } from './mistakes.ts';
import { Below, type PlaceProps } from './place.tsx';

function isTouched(field: Field, draft: Draft, place: string): boolean {
  if (draft.has(`${place}?json`) || draft.has(`${place}?more`) || draft.has(`${place}?kept`)) return true;
  switch (field.kind) {
    case 'group':
      return field.parts.some(({ key, field: inner }) => isTouched(inner, draft, placeIn(place, key)));
    case 'list':
      return rowsIn(draft, place, field.most) > 0;
    case 'union':
      return (draft.get(`${place}?as`) ?? '') !== '';
    default: {
      const text = draft.get(place) ?? '';
      return text !== '' && text !== String(field.fallback);
    }
  }
}

/** Beside each other where there is room. */
export function Fields(props: PlaceProps<GroupField>) {
  const { field, place, draft, must } = props;
  const more = `${place}?more`;
  return (
    <div class="fields">
      {draft.has(`${place}?set`) ? <input type="hidden" name={`${place}?set`} value="1" /> : null}
      {field.parts.map(({ key, required, field: inner }) =>
        inner.kind === 'fixed' && !draft.has(`${placeIn(place, key)}?json`) ? null : (
          <Part
            {...props}
            field={inner}
            place={placeIn(place, key)}
            must={must && required && !inner.nullable}
            needed={required && !inner.nullable}
            label={inner.title ?? labelOf(key)}
            named
          />
        ),
      )}
      {draft.has(more) ? (
        <div class="field wide">
          <label for={more}>Other keys</label>
          <JsonInput {...props} place={more} label="Other keys" must={false} named />
        </div>
      ) : null}
    </div>
  );
}

/** A text that may be as long, or that is longer than a narrow field shows, has more room. */
const BROAD = { may: 150, is: 22 };
const isBroad = (field: Field, text: string): boolean =>
  field.kind === 'text' && ((field.longest ?? 0) >= BROAD.may || text.length > BROAD.is);

const WIDE: readonly Field['kind'][] = ['group', 'list', 'union', 'json'];

/** `needed`: a mark says so, even where its group as a whole may be left out. */
function Part(props: PlaceProps & { needed: boolean }) {
  const { field, place, draft, mistakes, label, needed } = props;
  const asJson = draft.has(`${place}?json`);
  const wide = asJson || WIDE.includes(field.kind) || (field.kind === 'text' && field.input === 'lines');
  const mark = needed ? (
    <span class="must" title="required">
      *
    </span>
  ) : null;
  if (!asJson && field.kind === 'group') {
    const open = needed || isTouched(field, draft, place) || isWrongIn(mistakes, place);
    return (
      <details class="group wide" id={place} open={open}>
        <summary>
          {label} {mark}
        </summary>
        <Below {...props} />
        <Fields {...props} field={field} />
      </details>
    );
  }
  if (!asJson && (field.kind === 'list' || field.kind === 'union')) {
    return (
      <fieldset class="field wide" id={place}>
        <legend>
          {label} {mark}
        </legend>
        <Below {...props} />
        {props.show(props)}
      </fieldset>
    );
  }
  return (
    <div class={`field${wide ? ' wide' : isBroad(field, draft.get(place) ?? '') ? ' broad' : ''}`}>
      <label for={place}>
        {label} {mark}
      </label>
      {props.show(props)}
      <Below {...props} />
    </div>
  );
}

/** Is something wrong there, or with something in there? */
const isWrongIn = (mistakes: Mistakes, place: string): boolean =>
  [...mistakes.keys()].some((other) => other === place || other.startsWith(`${place}/`));

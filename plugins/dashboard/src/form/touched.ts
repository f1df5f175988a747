// Was something typed there? What only repeats the default says nothing new.
import { type Draft, placeIn, rowsIn } from './draft.ts';
import type { Field } from './field.ts';

export function isTouched(field: Field, draft: Draft, place: string): boolean {
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

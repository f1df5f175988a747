// A value that may have several shapes: the shape is chosen first, then come its fields.
/** @jsxImportSource hono/jsx */

import { labelOf } from '../wording.ts';
import type { Field, UnionField } from './field.ts';
import type { PlaceProps } from './place.tsx';

export function Shapes(props: PlaceProps<UnionField>) {
  const { field, place, draft, must, label } = props;
  const inRow = /\/\d+$/.test(place);
  const always = must || inRow;
  const chosen = draft.get(`${place}?as`) || (always ? '0' : '');
  const shape = field.branches[Number(chosen || -1)];
  const name = `${place}?as`;
  return (
    <div class="shapes">
      <div class="shape">
        <select name={name} id={name} data-shape aria-label={`${label}: Shape`}>
          {always ? null : <option value="">Default</option>}
          {field.branches.map((branch, i) => (
            <option value={i} selected={String(i) === chosen}>
              {shapeName(branch)}
            </option>
          ))}
        </select>
        <button type="submit" class="small unscripted" name="do" value="show" formnovalidate>
          Show fields
        </button>
      </div>
      {shape && shape.kind !== 'fixed' ? props.show({ ...props, field: shape, named: false }) : null}
    </div>
  );
}

/** Its title, or its mark as in `{ type: 'resize' }`, or what it is made of. */
function shapeName(field: Field): string {
  if (field.title !== undefined) return field.title;
  switch (field.kind) {
    case 'fixed':
      return String(field.value);
    case 'text':
      return 'text';
    case 'number':
      return 'number';
    case 'choice':
      return field.options.map(String).join(', ');
    case 'list':
      return 'list';
    case 'group': {
      const mark = field.parts.find((part) => part.field.kind === 'fixed')?.field;
      if (mark?.kind === 'fixed') return String(mark.value);
      return `with ${field.parts
        .slice(0, 3)
        .map(({ key }) => labelOf(key).toLowerCase())
        .join(', ')}`;
    }
    default:
      return 'As JSON';
  }
}

// A list: its rows, each with the buttons that move it and take it out, and one that adds a row.
/** @jsxImportSource hono/jsx */
import { placeIn, rowsIn } from './draft.ts';
import type { Field, ListField } from './field.ts';
import { Below, type PlaceProps } from './place.tsx';

const SMALL: readonly Field['kind'][] = ['text', 'number', 'choice', 'file'];

export function Rows(props: PlaceProps<ListField>) {
  const { field, place, draft, label, must } = props;
  const typed = rowsIn(draft, place, field.most);
  // A required list may still be empty.
  const filled = must && field.least > 0;
  const rows = typed === 0 && (filled || field.orOne) ? 1 : typed;
  return (
    <div class="rows" data-rows={place}>
      <input type="hidden" name={`${place}?rows`} value={rows} />
      {['set', 'list'].map((mark) =>
        draft.has(`${place}?${mark}`) ? <input type="hidden" name={`${place}?${mark}`} value="1" /> : null,
      )}
      {Array.from({ length: rows }, (_, row) => (
        <Row
          {...props}
          row={row}
          alone={rows === 1 && (filled || field.orOne)}
          label={`${label} ${row + 1}`}
          must={filled && row === 0}
        />
      ))}
      {rows < field.most ? <StepButton step={`add ${place}`} about={`Add a row to ${label}`} label="Add" /> : null}
    </div>
  );
}

function Row(props: PlaceProps<ListField> & { row: number; alone: boolean }) {
  const { field, place, draft, row, alone, label } = props;
  const at = placeIn(place, row);
  const small = SMALL.includes(field.item.kind) && !draft.has(`${at}?json`);
  const inner = { ...props, field: field.item, place: at, named: false };
  return (
    <div class={small ? 'row' : 'row card'} id={small ? undefined : at}>
      <div class="cell">
        {props.show(inner)}
        <Below {...inner} />
      </div>
      <div class="row-buttons">
        {row === 0 ? null : <StepButton step={`raise ${at}`} about={`Move ${label} up`} label="Up" />}
        {alone ? null : <StepButton step={`remove ${at}`} about={`Remove ${label}`} label="Remove" />}
      </div>
    </div>
  );
}

/** Changes the shape of the form, whatever is filled in. */
const StepButton = ({ step, about, label }: { step: string; about: string; label: string }) => (
  <button type="submit" class="small" name="do" value={step} formnovalidate aria-label={about}>
    {label}
  </button>
);

// The inputs of single values, and the help and errors below a field.
/** @jsxImportSource hono/jsx */

import { readJson } from '../job/json-text.ts';
import { Options } from '../parts.tsx';
import { optionText, rowsIn, uploadIn } from './draft.ts';
import type { ChoiceField, Field, ListField, NumberField, TextField } from './field.ts';
import type { FormState } from './state.ts';
import { inUnit } from './units.ts';

export interface PlaceProps<F = Field> {
  field: F;
  place: string;
  form: FormState;
  /** The field and its group are required. */
  must: boolean;
  label: string;
  /** A label is beside it already. */
  named: boolean;
  mayUpload?: boolean;
  /** Groups are open. */
  sections?: boolean;
}

const textAt = ({ form, place }: Pick<PlaceProps, 'form' | 'place'>): string => form.draft.get(place) ?? '';

/** `name`: of another place than that of its field. */
export function JsonInput({ name, ...props }: PlaceProps & { name?: string }) {
  const text = textAt({ ...props, place: name ?? props.place });
  return (
    <textarea {...inputOf(props)} name={name ?? props.place} class="code" rows={linesOf(text)} spellcheck={false}>
      {firstLineKept(text)}
    </textarea>
  );
}

const yesOrNo = (text: string): string => (text === 'true' ? 'yes' : text === 'false' ? 'no' : text);

/** JSON as people read it: texts without escapes, lists of texts one a line. */
function readable(json: string): string {
  const typed = readJson(json);
  const texts = 'value' in typed ? [typed.value].flat() : [];
  const text = texts.every((one) => typeof one === 'string') ? texts.join('\n') : json;
  return text === '' || text === '{}' ? 'not set' : yesOrNo(text);
}

/** Its text is sent back, so that it does not count as a change. */
export const ReadOnly = (props: PlaceProps) => (
  <>
    <input type="hidden" name={props.place} value={textAt(props)} />
    <output id={props.place} class="read-only">
      {readable(textAt(props))}
    </output>
  </>
);

/** It has no name, since only the script can send it. */
export function FileInput(props: PlaceProps) {
  const { place, form, mayUpload } = props;
  const kept = uploadIn(form.draft, place);
  if (kept || !mayUpload)
    return (
      <p class="file" id={place}>
        {kept ? <input type="hidden" name={`${place}?upload`} value={JSON.stringify(kept)} /> : null}
        {kept ? kept.name : 'Only a new job can have a file here.'}
      </p>
    );
  return (
    <>
      <input {...inputOf({ ...props, must: false })} name={undefined} type="file" class="file" data-file />
      <noscript>
        <small class="hint">Choosing a file needs JavaScript. Without it, use an address or the HTTP API.</small>
      </noscript>
    </>
  );
}

/** Help, limits and errors of a field. */
export function Below({ field, place, form: { draft, mistakes } }: PlaceProps) {
  const wrong = mistakes.filter((mistake) => mistake.place === place);
  const range = field.kind === 'number' ? rangeOf(field) : null;
  const standard = field.kind === 'list' && rowsIn(draft, place) === 0 ? defaultOf(field) : null;
  const other =
    draft.has(`${place}?json`) && field.kind !== 'json' ? "Shown as JSON: it can't be edited with this form." : null;
  const help = [field.help, range, standard, other].filter((text) => typeof text === 'string');
  return (
    <>
      {help.length === 0 ? null : <small class="hint">{help.join(' ')}</small>}
      {wrong.length === 0 ? null : (
        <small class="error" id={`${place}!`}>
          {wrong.map(({ text }) => text).join('; ')}
        </small>
      )}
    </>
  );
}

const defaultOf = ({ fallback }: ListField): string | null =>
  Array.isArray(fallback) && fallback.length > 0
    ? `default: ${fallback.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(', ')}`
    : null;

function rangeOf({ least, most, above, unit }: NumberField): string | null {
  const say = (n: number): string => inUnit(unit, n);
  if (least !== undefined && most !== undefined) return `${say(least)} to ${say(most)}.`;
  const from =
    least === undefined ? (above === undefined ? null : `More than ${say(above)}.`) : `At least ${say(least)}.`;
  return most === undefined ? from : [from, `At most ${say(most)}.`].join(' ').trim();
}

/** Lines of a text area. */
const LINES = { least: 3, most: 24 };

const linesOf = (text: string): number => Math.min(Math.max(text.split('\n').length + 1, LINES.least), LINES.most);

/** What inputs share. An error is connected with its field for screen readers. */
export function inputOf({ place, must, label, named, form }: PlaceProps) {
  const isWrong = form.mistakes.some((mistake) => mistake.place === place);
  return {
    id: place,
    name: place,
    required: must,
    'aria-label': named ? undefined : label,
    'aria-describedby': isWrong ? `${place}!` : undefined,
    'aria-invalid': isWrong ? ('true' as const) : undefined,
  };
}

/** Browsers drop values that do not match. */
const ACCEPTED: Partial<Record<TextField['input'], RegExp>> = {
  date: /^\d{4,}-\d\d-\d\d$/,
  time: /^\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/,
};
const keeps = (input: TextField['input'], text: string): boolean =>
  text === '' || (ACCEPTED[input]?.test(text) ?? true);

export function TextInput(props: PlaceProps<TextField>) {
  const { field, place, must } = props;
  const { draft } = props.form;
  const text = textAt(props);
  const kept = draft.has(`${place}?kept`);
  const own = {
    ...inputOf({ ...props, must: must && !kept }),
    placeholder: kept ? 'Saved. Leave empty to keep it.' : hint(props),
    list: field.suggested && `${place}?suggested`,
    maxlength: field.longest,
  };
  const secret = field.secret || kept;
  return (
    <>
      {field.input === 'lines' || text.includes('\n') ? (
        <textarea {...own} rows={linesOf(text)} spellcheck={secret ? false : undefined}>
          {firstLineKept(text)}
        </textarea>
      ) : (
        <input
          {...own}
          type={secret ? 'password' : keeps(field.input, text) ? field.input : 'text'}
          value={text}
          autocomplete={secret ? 'new-password' : 'off'}
        />
      )}
      {field.suggested ? (
        <datalist id={`${place}?suggested`}>
          {field.suggested.map((text) => (
            <option value={text} />
          ))}
        </datalist>
      ) : null}
      {kept ? <input type="hidden" name={`${place}?kept`} value="1" /> : null}
      {kept && !must ? (
        <label class="forget">
          <input type="checkbox" name={`${place}?forget`} value="1" checked={draft.has(`${place}?forget`)} /> Clear
          saved value
        </label>
      ) : null}
    </>
  );
}

/** Browsers drop a leading line break in a text area. */
const firstLineKept = (text: string): string => (text.startsWith('\n') ? `\n${text}` : text);

/** Not of the type `number`, because browsers silently drop what is not a number. */
export function NumberInput(props: PlaceProps<NumberField>) {
  const { field } = props;
  return (
    <input
      {...inputOf(props)}
      class="numeral"
      inputmode={field.unit !== undefined ? undefined : field.whole ? 'numeric' : 'decimal'}
      type="text"
      value={textAt(props)}
      placeholder={hint(props)}
      autocomplete="off"
    />
  );
}

export function ChoiceInput(props: PlaceProps<ChoiceField>) {
  const { field, must } = props;
  const chosen = textAt(props);
  const options = field.options.map(optionText);
  const none =
    field.fallback === undefined
      ? must
        ? 'Choose'
        : 'Not set'
      : `default: ${yesOrNo(optionText(field.fallback as string))}`;
  return (
    <select {...inputOf(props)}>
      {must && options.includes(chosen) ? null : <option value="">{none}</option>}
      <Options all={options.map((option) => [option, yesOrNo(option)])} chosen={chosen} />
      {chosen === '' || options.includes(chosen) ? null : (
        <option value={chosen} selected>
          {chosen}
        </option>
      )}
    </select>
  );
}

function hint({ field }: PlaceProps<TextField | NumberField>): string | undefined {
  const { fallback, example } = field;
  const say = (value: unknown): string => inUnit(field.kind === 'number' ? field.unit : undefined, value);
  if (fallback !== undefined && fallback !== null && fallback !== '') return `default: ${say(fallback)}`;
  return example === undefined ? undefined : `e.g. ${say(example)}`;
}

/** After a choice of other fields; the script needs no button. */
export const ShowFields = () => (
  <button type="submit" class="small unscripted" name="do" value="show" formnovalidate>
    Show fields
  </button>
);

export const Must = () => (
  <span class="must" title="required">
    *
  </span>
);

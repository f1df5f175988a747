// One line of a form: a text, a number, a choice.
/** @jsxImportSource hono/jsx */
import type { ChoiceField, NumberField, TextField } from './field.ts';
import { optionText } from './fill.ts';
import type { PlaceProps } from './place.tsx';

/** Lines that a text area shows at first, and at most. */
const LINES = { least: 3, most: 24 };

export const linesOf = (text: string): number =>
  Math.min(Math.max(text.split('\n').length + 1, LINES.least), LINES.most);

/** What assistive technology reads with the field. */
export const described = ({ place, mistakes }: Pick<PlaceProps<never>, 'place' | 'mistakes'>) => ({
  'aria-describedby': mistakes.has(place) ? `${place}!` : undefined,
  'aria-invalid': mistakes.has(place) ? ('true' as const) : undefined,
});

/** What browsers take in such a field; anything else they would drop. */
const TAKEN: Partial<Record<TextField['input'] | 'number', RegExp>> = {
  date: /^\d{4,}-\d\d-\d\d$/,
  time: /^\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/,
  number: /^-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,2})?$/,
};
const keeps = (input: TextField['input'] | 'number', text: string): boolean =>
  text === '' || (TAKEN[input]?.test(text) ?? true);

export function TextInput(props: PlaceProps<TextField>) {
  const { field, place, draft, must, label, named } = props;
  const text = draft.get(place) ?? '';
  const kept = draft.has(`${place}?kept`);
  const shared = {
    id: place,
    name: place,
    required: must && !kept,
    'aria-label': named ? undefined : label,
    placeholder: kept ? 'Saved. Leave empty to keep it.' : hint(props),
    minlength: field.shortest,
    maxlength: field.longest,
    ...described(props),
  };
  const secret = field.secret || kept;
  return (
    <>
      {field.input === 'lines' || text.includes('\n') ? (
        <textarea {...shared} rows={linesOf(text)} spellcheck={secret ? false : undefined}>
          {firstLineKept(text)}
        </textarea>
      ) : (
        <input
          {...shared}
          type={secret ? 'password' : keeps(field.input, text) ? field.input : 'text'}
          value={text}
          pattern={field.pattern}
          autocomplete={secret ? 'new-password' : 'off'}
        />
      )}
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

/** Browsers drop a line break at the very beginning of a text area. */
export const firstLineKept = (text: string): string => (text.startsWith('\n') ? `\n${text}` : text);

export function NumberInput(props: PlaceProps<NumberField>) {
  const { field, place, draft, must, label, named } = props;
  const text = draft.get(place) ?? '';
  return (
    <input
      id={place}
      name={place}
      type={keeps('number', text) ? 'number' : 'text'}
      value={text}
      required={must}
      aria-label={named ? undefined : label}
      placeholder={hint(props)}
      min={field.least}
      max={field.most}
      step={field.whole ? 1 : 'any'}
      {...described(props)}
    />
  );
}

export function ChoiceInput(props: PlaceProps<ChoiceField>) {
  const { field, place, draft, must, label, named } = props;
  const chosen = draft.get(place) ?? '';
  const options = field.options.map(optionText);
  const shown = (text: string) => (text === 'true' ? 'yes' : text === 'false' ? 'no' : text);
  const none = field.fallback === undefined ? '-' : `default: ${shown(optionText(field.fallback as string))}`;
  return (
    <select id={place} name={place} required={must} aria-label={named ? undefined : label} {...described(props)}>
      {must && options.includes(chosen) ? null : <option value="">{none}</option>}
      {options.map((option) => (
        <option value={option} selected={option === chosen}>
          {shown(option)}
        </option>
      ))}
      {chosen === '' || options.includes(chosen) ? null : (
        <option value={chosen} selected>
          {chosen}
        </option>
      )}
    </select>
  );
}

function hint({ field: { fallback, example } }: PlaceProps<TextField | NumberField>): string | undefined {
  if (fallback !== undefined && fallback !== null && fallback !== '') return `default: ${String(fallback)}`;
  return example === undefined ? undefined : `e.g. ${String(example)}`;
}

// The state of a form between two requests, and what each button does to it.

import type { FieldError } from '@phraseworks/sdk';
import { isNode, type Node } from '@phraseworks/sdk/secrets';
import { refusalOf } from '../refusal.ts';
import { type Draft, draftOf, fill, jsonText, placeIn, read, reshape, rowsIn } from './draft.ts';
import { DATA, type Field, type GroupField, labelIn } from './field.ts';

/** An error at its field; without a label, it is about the whole form. */
export interface Mistake {
  place: string;
  /** `Operations 1, Width`. */
  label: string;
  text: string;
}

export interface FormState {
  field: GroupField;
  draft: Draft;
  mistakes: readonly Mistake[];
  /** With which a service refused it. */
  refused?: number;
  /** It holds typed text. */
  isTyped: boolean;
}

/** The data is shown as JSON. */
export const IN_JSON = `${DATA}?json`;

/** The deepest field on the way to a place, and whether the place is that field. */
function locate(
  field: Field,
  draft: Draft,
  keys: readonly string[],
  place = '',
): Omit<Mistake, 'text'> & { isIt: boolean } {
  const here = { place, label: '', isIt: keys.length === 0 };
  if (draft.has(`${place}?json`)) return here;
  const [key = '', ...rest] = keys;
  switch (field.kind) {
    case 'union': {
      const branch = field.branches[Number(draft.get(`${place}?as`) || 0)];
      return branch ? locate(branch, draft, keys, place) : here;
    }
    case 'group': {
      const part = field.parts.find((one) => one.key === key && one.field.kind !== 'fixed');
      if (!part) return here;
      const inner = locate(part.field, draft, rest, placeIn(place, key));
      if (place === '' && key === DATA) return inner;
      const space = inner.label === '' ? '' : part.field.kind === 'list' ? ' ' : ', ';
      return { ...inner, label: `${labelIn(part)}${space}${inner.label}` };
    }
    case 'list': {
      const rows = rowsIn(draft, place);
      // A single item without a list is shown as the first row.
      const isAlone = keys.length === 0 && field.orOne && rows === 1 && !draft.has(`${place}?list`);
      const row = isAlone ? 0 : Number(key || NaN);
      if (!(row < rows)) return here;
      const inner = locate(field.item, draft, rest, placeIn(place, row));
      return { ...inner, label: `${row + 1}${inner.label === '' ? '' : `, ${inner.label}`}` };
    }
    default:
      return here;
  }
}

/** Finds the field of an error, such as `data.operations[0].width`. */
function mistakeOf({ field, draft }: FormState, { path, message }: FieldError): Mistake {
  const { isIt, ...found } = locate(field, draft, path.match(/[^.[\]]+/g) ?? []);
  return { ...found, text: isIt ? message : `${path} ${message}` };
}

/** The fields of a submitted form, by name. */
export type Posted = Readonly<Record<string, string>>;

/** Without files. */
export const postedIn = (body: Record<string, unknown>): Posted =>
  Object.fromEntries(Object.entries(body).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));

/** `value`: the data, and what stands beside it. */
export const openForm = (field: GroupField, value: object): FormState => ({
  field,
  draft: fill(field, value, ''),
  mistakes: [],
  isTyped: false,
});

/** `value` if the main button was pressed and the input is readable, for the service to check all of it. */
export function submit(field: GroupField, posted: Posted, use: string): { form: FormState; value?: Node } {
  const { do: step = use } = posted;
  const draft = draftOf(posted);
  const form: FormState = { field, draft, mistakes: [], isTyped: true };
  if (reshape(draft, step) || ![use, 'fields', 'json'].includes(step)) return { form };
  const { value, broken, wrong } = read(field, draft, '');
  const mistakes = [...(step === use ? wrong : broken)].map(([place, text]) => {
    const { label } = locate(field, draft, place.split('/'));
    return { place, label, text };
  });
  const known = isNode(value) ? value : {};
  if (broken.size > 0) return { form: { ...form, mistakes } };
  if (step === use) return { form: { ...form, mistakes }, value: known };
  return { form: { ...form, draft: inOtherView(form, step, known[DATA]) } };
}

/** What stands beside the data stays as it was typed. */
function inOtherView({ field, draft }: FormState, step: string, data: unknown): Draft {
  const beside = [...draft].filter(([name]) => !/^data(?:[/?]|$)/.test(name));
  const [part] = field.parts;
  const shown = step === 'json' || !part ? new Map([[IN_JSON, jsonText(data ?? {})]]) : fill(part.field, data);
  return new Map([...beside, ...shown]);
}

interface Sent<P> {
  field: GroupField;
  posted: Posted;
  /** The main button. */
  use: string;
  /** Its refusal is shown at the fields. */
  save: (value: Node, form: FormState) => Promise<P | Response>;
  /** The page of the form. */
  show: (form: FormState) => P | Promise<P>;
  /** The path in the form of one that the service names. */
  pathOf?: (path: string) => string;
}

/** Saves a form, or shows it again: in its other shape, or with its errors. Everything that was typed is kept. */
export async function take<P>({
  field,
  posted,
  use,
  save,
  show,
  pathOf = (path) => path,
}: Sent<P>): Promise<P | Response> {
  const { form, value } = submit(field, posted, use);
  if (value === undefined) return show(form);
  const saving = save(value, form);
  const refused = await refusalOf(saving);
  if (!refused) return saving;
  const errors = refused.errors.map(({ path, message }) => ({ path: pathOf(path), message }));
  return show(withErrors(form, errors, refused.status));
}

/** Adds errors in their order; a field that has one already keeps it. */
function withErrors(form: FormState, errors: readonly FieldError[], refused: number): FormState {
  const own = new Map(form.mistakes.map((mistake) => [mistake.place, mistake]));
  const found = errors.map((error) => mistakeOf(form, error)).map((one) => own.get(one.place) ?? one);
  return { ...form, refused, mistakes: [...new Set([...found, ...form.mistakes])] };
}

/** Of the page that shows it. */
export const statusOf = ({ mistakes, refused }: FormState): number => refused ?? (mistakes.length > 0 ? 400 : 200);

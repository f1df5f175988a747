// A form made from a schema, as fields or as JSON, with its errors and buttons.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { Options } from '../parts.tsx';
import { labelOf } from '../text.ts';
import { placeIn, rowsIn } from './draft.ts';
import { DATA, type Field, type GroupField, type ListField, labelIn, type UnionField } from './field.ts';
import {
  Below,
  ChoiceInput,
  FileInput,
  JsonInput,
  Must,
  NumberInput,
  type PlaceProps,
  ReadOnly,
  ShowFields,
  TextInput,
} from './inputs.tsx';
import { type FormState, IN_JSON, type Mistake } from './state.ts';
import { inUnit } from './units.ts';

/** It holds something other than its default, or is wrong. */
export const isFilled = (form: FormState, field: Field, place: string): boolean =>
  hasText(form, field, place) ||
  form.mistakes.some((wrong) => wrong.place === place || wrong.place.startsWith(`${place}/`));

function hasText(form: FormState, field: Field, place: string): boolean {
  const { draft } = form;
  if (['json', 'more', 'kept'].some((mark) => draft.has(`${place}?${mark}`))) return true;
  switch (field.kind) {
    case 'group':
      return field.parts.some(({ key, field: inner }) => hasText(form, inner, placeIn(place, key)));
    case 'list':
      return rowsIn(draft, place) > 0;
    case 'union':
      return (draft.get(`${place}?as`) ?? '') !== '';
    default: {
      const text = draft.get(place) ?? '';
      return text !== '' && text !== inUnit(field.kind === 'number' ? field.unit : undefined, field.fallback);
    }
  }
}

export function Fields(props: PlaceProps<GroupField>) {
  const { field, place, form, must } = props;
  const more = `${place}?more`;
  const isHidden = (inner: Field, at: string): boolean =>
    (inner.kind === 'fixed' && !form.draft.has(`${at}?json`)) ||
    (inner.deprecated === true && !isFilled(form, inner, at));
  return (
    <div class="fields">
      <Marks {...props} marks={['set']} />
      {field.parts.map((part) => {
        const { key, required, field: inner } = part;
        const at = placeIn(place, key);
        const needed = required && !inner.nullable;
        return isHidden(inner, at) ? null : (
          <Part {...props} field={inner} place={at} must={must && needed} needed={needed} label={labelIn(part)} named />
        );
      })}
      {form.draft.has(more) ? (
        <div class="field wide">
          <label for={more}>Other keys</label>
          <JsonInput {...props} place={more} must={false} named />
        </div>
      ) : null}
    </div>
  );
}

/** What is known of a value that has no fields of its own. */
const Marks = ({ place, form, marks }: PlaceProps<GroupField | ListField> & { marks: string[] }) => (
  <>
    {marks.map((mark) =>
      form.draft.has(`${place}?${mark}`) ? <input type="hidden" name={`${place}?${mark}`} value="1" /> : null,
    )}
  </>
);

/** Texts that may be, or are, longer than these get a wide field. */
const BROAD = { may: 150, is: 22 };
const isBroad = (field: Field, text: string): boolean =>
  field.kind === 'text' && ((field.longest ?? 0) >= BROAD.may || text.length > BROAD.is);

const WIDE: readonly Field['kind'][] = ['group', 'list', 'union', 'json'];

/** `needed`: marked as required, even if its group is optional. */
export function Part(props: PlaceProps & { needed: boolean }) {
  const { field, place, form, needed } = props;
  const asJson = form.draft.has(`${place}?json`);
  const wide = asJson || WIDE.includes(field.kind) || (field.kind === 'text' && field.input === 'lines');
  const label = (
    <>
      {props.label} {needed ? <Must /> : null}
    </>
  );
  if (!asJson && field.kind === 'group') {
    const isSection = props.sections === true && field.fallback !== undefined;
    return (
      <details class="group wide" id={place} open={needed || isSection || isFilled(form, field, place)}>
        <summary>{label}</summary>
        <Below {...props} />
        <Fields {...props} field={field} />
      </details>
    );
  }
  if (!asJson && (field.kind === 'list' || field.kind === 'union')) {
    return (
      <fieldset class="field wide" id={field.kind === 'list' ? place : undefined}>
        <legend>{label}</legend>
        <Below {...props} />
        <Input {...props} />
      </fieldset>
    );
  }
  return (
    <div class={`field${wide ? ' wide' : isBroad(field, form.draft.get(place) ?? '') ? ' broad' : ''}`}>
      <label for={place}>{label}</label>
      <Input {...props} />
      <Below {...props} />
    </div>
  );
}

function Shapes(props: PlaceProps<UnionField>) {
  const { field, place, must, label } = props;
  const { draft } = props.form;
  const inRow = /\/\d+$/.test(place);
  const always = must || inRow;
  const chosen = draft.get(`${place}?as`) || (always ? '0' : '');
  const shape = field.branches[Number(chosen || -1)];
  const name = `${place}?as`;
  // A single input has the id itself.
  const isHere = shape === undefined || HOLDERS.includes(shape.kind);
  return (
    <div class="shapes" id={isHere && !draft.has(`${place}?json`) ? place : undefined}>
      <div class="shape">
        <select name={name} id={name} data-shape aria-label={`${label}: Shape`}>
          {always ? null : <option value="">Default</option>}
          <Options all={field.branches.map((branch, i) => [String(i), shapeName(branch)])} chosen={chosen} />
        </select>
        <ShowFields />
      </div>
      {shape && shape.kind !== 'fixed' ? <Input {...props} field={shape} named={false} /> : null}
    </div>
  );
}

/** Fields without an input of their own. */
const HOLDERS: readonly Field['kind'][] = ['group', 'list', 'fixed'];

/** Its title, its constant as in `{ type: 'resize' }`, or its keys. */
function shapeName(field: Field): string {
  if (field.title !== undefined) return field.title;
  switch (field.kind) {
    case 'fixed':
      return String(field.value);
    case 'text':
    case 'number':
    case 'list':
      return field.kind;
    case 'choice':
      return field.options.map(String).join(', ');
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

const SMALL: readonly Field['kind'][] = ['text', 'number', 'choice', 'file'];

function Rows(props: PlaceProps<ListField>) {
  const { field, place, form, label, must } = props;
  const typed = rowsIn(form.draft, place);
  const filled = must && field.least > 0;
  const rows = typed === 0 && (filled || field.orOne) ? 1 : typed;
  return (
    <div class="rows" data-rows={place}>
      <input type="hidden" name={`${place}?rows`} value={rows} />
      <Marks {...props} marks={['set', 'list']} />
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
  const { field, place, form, row, alone, label } = props;
  const at = placeIn(place, row);
  const isJson = form.draft.has(`${at}?json`);
  const small = SMALL.includes(field.item.kind) && !isJson;
  const inner = { ...props, field: field.item, place: at, named: false };
  return (
    <div class={small ? 'row' : 'row card'} id={HOLDERS.includes(field.item.kind) && !isJson ? at : undefined}>
      <div class="cell">
        <Input {...inner} />
        <Below {...inner} />
      </div>
      <div class="row-buttons">
        {row === 0 ? null : <StepButton step={`raise ${at}`} about={`Move ${label} up`} label="Up" />}
        {alone ? null : <StepButton step={`remove ${at}`} about={`Remove ${label}`} label="Remove" />}
      </div>
    </div>
  );
}

/** Changes the shape of the form without validating it. */
const StepButton = ({ step, about, label }: { step: string; about: string; label: string }) => (
  <button type="submit" class="small" name="do" value={step} formnovalidate aria-label={about}>
    {label}
  </button>
);

/** Of a field, without label and help. */
function Input(props: PlaceProps): Child {
  const { field, place, form } = props;
  const asJson = `${place}?json`;
  if (form.draft.has(asJson)) return <JsonInput {...props} name={asJson} />;
  switch (field.kind) {
    case 'text':
      return <TextInput {...props} field={field} />;
    case 'number':
      return <NumberInput {...props} field={field} />;
    case 'choice':
      return <ChoiceInput {...props} field={field} />;
    case 'fixed':
      return null;
    case 'json':
      return field.readOnly ? <ReadOnly {...props} /> : <JsonInput {...props} />;
    case 'file':
      return <FileInput {...props} />;
    case 'list':
      return <Rows {...props} field={field} />;
    case 'union':
      return <Shapes {...props} field={field} />;
    case 'group':
      return <Fields {...props} field={field} />;
  }
}

interface SchemaFormProps {
  form: FormState;
  action: string;
  /** The main button: its label, and its value of `do`. */
  use: { name: string; label: string };
  /** Beside the main button. */
  children?: Child;
  /** What stands beside the data: above it, and above the buttons. */
  before?: Child;
  beside?: Child;
  /** Its groups are sections below an index. */
  sections?: boolean;
}

export function SchemaForm({ form, action, use, children, before, beside, sections = false }: SchemaFormProps) {
  const field = form.field.parts.find(({ key }) => key === DATA)?.field ?? { kind: 'json' };
  const isJson = form.draft.has(IN_JSON);
  // The script sends files with a new job only.
  const mayUpload = use.name === 'add';
  const props = { field, place: DATA, form, must: true, label: 'As JSON', named: false, mayUpload };
  return (
    <form
      method="post"
      action={action}
      class="schema-form"
      id="schema-form"
      data-schema-form
      data-keep
      data-unsaved
      data-dirty={form.isTyped ? '' : undefined}
      data-sending="Sending"
      novalidate
    >
      {/* Enter presses the first button of a form. */}
      <button type="submit" name="do" value={use.name} class="hidden" tabindex={-1}>
        {use.label}
      </button>
      <MistakeList mistakes={form.mistakes} />
      {before}
      {field.kind === 'json' || field.kind === 'fixed' || (field.kind === 'group' && field.parts.length < 2) ? null : (
        <div class="buttons">
          <ViewButton name="fields" label="Form" here={!isJson} />
          <ViewButton name="json" label="Edit as JSON" here={isJson} />
        </div>
      )}
      {sections && field.kind === 'group' && !isJson ? <Sections {...props} field={field} /> : <Input {...props} />}
      {beside}
      <div class="buttons save-bar">
        <button type="submit" name="do" value={use.name} class="primary">
          {use.label}
        </button>
        {children}
      </div>
    </form>
  );
}

/** The single fields first, then each group under its name. */
function Sections(props: PlaceProps<GroupField>) {
  const { field, place } = props;
  const groups = field.parts.filter(({ field: { kind } }) => kind === 'group');
  const single = field.parts.filter((part) => !groups.includes(part));
  return (
    <>
      {groups.length < 2 ? null : (
        <nav class="places" aria-label="Sections">
          {groups.map((part) => (
            <a href={`#${placeIn(place, part.key)}`}>{labelIn(part)}</a>
          ))}
        </nav>
      )}
      <Fields {...props} field={{ ...field, parts: [...single, ...groups] }} sections />
    </>
  );
}

const ViewButton = ({ name, label, here }: { name: string; label: string; here: boolean }) => (
  <button type="submit" name="do" value={name} formnovalidate aria-pressed={here ? 'true' : 'false'} disabled={here}>
    {label}
  </button>
);

/** Each with a link to its field. It is also the error of data that is shown as JSON. */
function MistakeList({ mistakes }: { mistakes: readonly Mistake[] }) {
  if (mistakes.length === 0) return null;
  return (
    <div class="wrong" role="alert" id={`${DATA}!`}>
      <p>{mistakes.length === 1 ? 'Fix 1 error:' : `Fix ${mistakes.length} errors:`}</p>
      <ul>
        {mistakes.map(({ place, label, text }) => (
          <li>{label === '' ? text : <a href={`#${place}`}>{`${label} ${text}`}</a>}</li>
        ))}
      </ul>
    </div>
  );
}

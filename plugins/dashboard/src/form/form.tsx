// A form made from a schema, as fields or as JSON, with its errors and buttons.
/** @jsxImportSource hono/jsx */
import type { FieldError } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { Options } from '../parts.tsx';
import { labelOf } from '../text.ts';
import { type Draft, placeIn, ROOT, rowsIn } from './draft.ts';
import type { Field, GroupField, ListField, UnionField } from './field.ts';
import {
  Below,
  ChoiceInput,
  FileInput,
  firstLineKept,
  JsonInput,
  linesOf,
  Must,
  NumberInput,
  type PlaceProps,
  ReadOnly,
  ShowFields,
  TextInput,
} from './inputs.tsx';
import type { FormState, Mistakes } from './state.ts';
import { inUnit } from './units.ts';

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
      return text !== '' && text !== inUnit(field.kind === 'number' ? field.unit : undefined, field.fallback);
    }
  }
}

export function Fields(props: PlaceProps<GroupField>) {
  const { field, place, draft, mistakes, must } = props;
  const more = `${place}?more`;
  const isHidden = (inner: Field, at: string): boolean =>
    (inner.kind === 'fixed' && !draft.has(`${at}?json`)) ||
    (inner.deprecated === true && !isTouched(inner, draft, at) && !isWrongIn(mistakes, at));
  return (
    <div class="fields">
      {draft.has(`${place}?set`) ? <input type="hidden" name={`${place}?set`} value="1" /> : null}
      {field.parts.map(({ key, required, field: inner }) =>
        isHidden(inner, placeIn(place, key)) ? null : (
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

/** Texts that may be, or are, longer than these get a wide field. */
const BROAD = { may: 150, is: 22 };
const isBroad = (field: Field, text: string): boolean =>
  field.kind === 'text' && ((field.longest ?? 0) >= BROAD.may || text.length > BROAD.is);

const WIDE: readonly Field['kind'][] = ['group', 'list', 'union', 'json'];

/** `needed`: marked as required, even if its group is optional. */
export function Part(props: PlaceProps & { needed: boolean }) {
  const { field, place, draft, mistakes, label, needed } = props;
  const asJson = draft.has(`${place}?json`);
  const wide = asJson || WIDE.includes(field.kind) || (field.kind === 'text' && field.input === 'lines');
  const mark = needed ? <Must /> : null;
  if (!asJson && field.kind === 'group') {
    const isSection = props.sections === true && field.fallback !== undefined;
    const open = needed || isSection || isTouched(field, draft, place) || isWrongIn(mistakes, place);
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
      <fieldset class="field wide" id={field.kind === 'list' ? place : undefined}>
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

const isWrongIn = (mistakes: Mistakes, place: string): boolean =>
  [...mistakes.keys()].some((other) => other === place || other.startsWith(`${place}/`));

function Shapes(props: PlaceProps<UnionField>) {
  const { field, place, draft, must, label } = props;
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
      {shape && shape.kind !== 'fixed' ? props.show({ ...props, field: shape, named: false }) : null}
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

const SMALL: readonly Field['kind'][] = ['text', 'number', 'choice', 'file'];

function Rows(props: PlaceProps<ListField>) {
  const { field, place, draft, label, must } = props;
  const typed = rowsIn(draft, place, field.most);
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
  const isJson = draft.has(`${at}?json`);
  const small = SMALL.includes(field.item.kind) && !isJson;
  const inner = { ...props, field: field.item, place: at, named: false };
  return (
    <div class={small ? 'row' : 'row card'} id={HOLDERS.includes(field.item.kind) && !isJson ? at : undefined}>
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

/** Changes the shape of the form without validating it. */
const StepButton = ({ step, about, label }: { step: string; about: string; label: string }) => (
  <button type="submit" class="small" name="do" value={step} formnovalidate aria-label={about}>
    {label}
  </button>
);

/** The input of a field, without label and help. */
function shown(props: PlaceProps): Child {
  const { field, place, draft } = props;
  if (draft.has(`${place}?json`)) return <JsonInput {...props} place={`${place}?json`} />;
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

/** For fields beside the data, whose places are their names. */
export function besideData(typed: Readonly<Record<string, string>>, errors: readonly FieldError[]) {
  const mistakes = new Map<string, string[]>();
  for (const { path, message } of errors) mistakes.set(path, [...(mistakes.get(path) ?? []), message]);
  const draft: Draft = new Map(Object.entries(typed));
  return { place: '', draft, mistakes, must: true, label: '', named: true, mayUpload: false, show: shown };
}

interface SchemaFormProps {
  form: FormState;
  action: string;
  /** The main button: its label, and its value of `do`. */
  use: { name: string; label: string };
  /** Beside the main button. */
  children?: Child;
  /** Further fields, above those of the schema. */
  before?: Child;
  /** Further fields, above the buttons. */
  beside?: Child;
  /** The errors of further fields. */
  further?: readonly Mistake[];
  /** Its groups are sections below an index. */
  sections?: boolean;
}

export function SchemaForm(given: SchemaFormProps) {
  const { form, action, use, children, before, beside, further = [], sections = false } = given;
  const { field, draft, json, mistakes } = form;
  const props = {
    field,
    place: ROOT,
    draft,
    mistakes,
    must: true,
    label: 'As JSON',
    named: false,
    // The script sends files with a new job only.
    mayUpload: use.name === 'add',
    show: shown,
  };
  const all = [
    ...further,
    ...[...mistakes].flatMap(([place, texts]) => texts.map((text) => mistakeAt(form, place, text))),
  ];
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
      <MistakeList mistakes={all} />
      {before}
      {field.kind === 'json' || field.kind === 'fixed' || (field.kind === 'group' && field.parts.length < 2) ? null : (
        <div class="buttons">
          <ViewButton name="fields" label="Form" here={json === undefined} />
          <ViewButton name="json" label="Edit as JSON" here={json !== undefined} />
        </div>
      )}
      {json !== undefined ? (
        <textarea
          id={ROOT}
          name="json"
          class="code"
          rows={Math.max(linesOf(json), 12)}
          spellcheck={false}
          aria-label="As JSON"
        >
          {firstLineKept(json)}
        </textarea>
      ) : sections && field.kind === 'group' ? (
        <Sections {...props} field={field} />
      ) : (
        shown(props)
      )}
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
          {groups.map(({ key, field: { title } }) => (
            <a href={`#${placeIn(place, key)}`}>{title ?? labelOf(key)}</a>
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

/** An error and the field that it links to; without a place, it is about the whole form. */
export interface Mistake {
  place?: string;
  label: string;
  text: string;
}

function MistakeList({ mistakes }: { mistakes: readonly Mistake[] }) {
  if (mistakes.length === 0) return null;
  return (
    <div class="wrong" role="alert">
      <p>{mistakes.length === 1 ? 'Fix 1 error:' : `Fix ${mistakes.length} errors:`}</p>
      <ul>
        {mistakes.map(({ place, label, text }) => (
          <li>
            {place === undefined ? (
              text
            ) : (
              <a href={`#${place}`}>
                {label} {text}
              </a>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

const mistakeAt = ({ field, draft }: FormState, place: string, text: string): Mistake =>
  place === ROOT ? { label: '', text } : { place, label: labelAt(field, draft, place).join(', '), text };

/** `Operations 1`, `Width`. */
function labelAt(field: Field, draft: Draft, place: string, at: string = ROOT): string[] {
  const holds = (inner: string) => place === inner || place.startsWith(`${inner}/`);
  switch (field.kind) {
    case 'union': {
      const branch = field.branches[Number(draft.get(`${at}?as`) || 0)];
      return branch ? labelAt(branch, draft, place, at) : [];
    }
    case 'group': {
      const part = field.parts.find(({ key }) => holds(placeIn(at, key)));
      if (!part) return [];
      const [first, ...rest] = labelAt(part.field, draft, place, placeIn(at, part.key));
      const label = part.field.title ?? labelOf(part.key);
      return part.field.kind === 'list' && first !== undefined
        ? [`${label} ${first}`, ...rest]
        : [label, ...(first === undefined ? [] : [first]), ...rest];
    }
    case 'list': {
      const row = /^\/(\d+)/.exec(place.slice(at.length))?.[1];
      return row === undefined
        ? []
        : [String(Number(row) + 1), ...labelAt(field.item, draft, place, placeIn(at, Number(row)))];
    }
    default:
      return [];
  }
}

// The whole form: as fields or as JSON, what is wrong with it, and the buttons that use it.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { ROOT } from './draft.ts';
import { Fields } from './fields.tsx';
import { ChoiceInput, firstLineKept, linesOf, NumberInput, TextInput } from './inputs.tsx';
import { FileInput, JsonInput } from './json-input.tsx';
import type { PlaceProps } from './place.tsx';
import { Rows } from './rows.tsx';
import { Shapes } from './shapes.tsx';
import type { Sheet } from './sheet.ts';

/** The field itself, without its frame. */
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
      return <JsonInput {...props} />;
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

interface SheetFormProps {
  sheet: Sheet;
  action: string;
  /** What the button for it says, and what it is called in `do`. */
  use: { name: string; label: string };
  /** Beside the button. */
  children?: Child;
  /** Above the buttons: what is asked for beside the value. */
  beside?: Child;
}

export function SheetForm({ sheet, action, use, children, beside }: SheetFormProps) {
  const { field, draft, json, mistakes } = sheet;
  const props = {
    field,
    place: ROOT,
    draft,
    mistakes,
    must: true,
    label: 'As JSON',
    named: false,
    show: shown,
  };
  return (
    <form method="post" action={action} class="sheet" id="sheet" data-sheet data-sending="Sending">
      {/* The first button is what the enter key presses. */}
      <button type="submit" name="do" value={use.name} class="hidden" tabindex={-1}>
        {use.label}
      </button>
      <WrongList {...props} />
      {field.kind === 'json' ? null : (
        <div class="views">
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
      ) : (
        shown(props)
      )}
      {beside}
      <div class="buttons">
        <button type="submit" name="do" value={use.name} class="primary">
          {use.label}
        </button>
        {children}
      </div>
    </form>
  );
}

const ViewButton = ({ name, label, here }: { name: string; label: string; here: boolean }) => (
  <button type="submit" name="do" value={name} formnovalidate aria-pressed={here ? 'true' : 'false'} disabled={here}>
    {label}
  </button>
);

/** Each mistake leads to its field; those of the whole form are shown here alone. */
function WrongList({ mistakes }: { mistakes: Sheet['mistakes'] }) {
  const all = [...mistakes].flatMap(([place, told]) => told.map((text) => ({ place, text })));
  if (all.length === 0) return null;
  return (
    <div class="wrong" role="alert">
      <p>{all.length === 1 ? 'Fix 1 error:' : `Fix ${all.length} errors:`}</p>
      <ul>
        {all.map(({ place, text }) => (
          <li>
            {place === ROOT ? (
              text
            ) : (
              <a href={`#${place}`}>
                {shortPlace(place)} {text}
              </a>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** `data/steps/0/width` is `steps[0].width`. */
const shortPlace = (place: string): string =>
  place
    .slice(ROOT.length + 1)
    .replace(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');

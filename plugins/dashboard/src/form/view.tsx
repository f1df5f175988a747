// What shows a field, by its kind.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { Fields } from './fields.tsx';
import { ChoiceInput, NumberInput, TextInput } from './inputs.tsx';
import { FileInput, JsonInput } from './json-input.tsx';
import type { PlaceProps } from './place.tsx';
import { Rows } from './rows.tsx';
import { Shapes } from './shapes.tsx';

/** The field itself, without what stands around it. */
export function shown(props: PlaceProps): Child {
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

// The fields of a form, from a JSON Schema.

export type Plain = string | number | boolean | null;

/** What every field has. */
export interface About {
  title?: string | undefined;
  help?: string | undefined;
  /** What counts when nothing is given. */
  fallback?: unknown;
  example?: unknown;
  /** Where a value is required, an empty field means null. */
  nullable?: boolean;
}

export interface TextField extends About {
  kind: 'text';
  input: 'text' | 'email' | 'url' | 'date' | 'time' | 'lines';
  secret: boolean;
  shortest?: number | undefined;
  longest?: number | undefined;
  /** For the browser: the whole text has to match. */
  pattern?: string | undefined;
}

export interface NumberField extends About {
  kind: 'number';
  whole: boolean;
  least?: number | undefined;
  most?: number | undefined;
}

export interface ChoiceField extends About {
  kind: 'choice';
  options: readonly Plain[];
}

/** Nothing to fill in. */
export interface FixedField extends About {
  kind: 'fixed';
  value: Plain;
}

export interface GroupField extends About {
  kind: 'group';
  parts: readonly Part[];
}

export interface Part {
  key: string;
  required: boolean;
  field: Field;
}

export interface ListField extends About {
  kind: 'list';
  item: Field;
  least: number;
  most: number;
  /** One alone may come without its list. */
  orOne: boolean;
}

export interface UnionField extends About {
  kind: 'union';
  branches: readonly Field[];
}

/** The place of an upload. */
export interface FileField extends About {
  kind: 'file';
}

/** What cannot be a field. */
export interface JsonField extends About {
  kind: 'json';
}

export type Field =
  | TextField
  | NumberField
  | ChoiceField
  | FixedField
  | GroupField
  | ListField
  | UnionField
  | FileField
  | JsonField;

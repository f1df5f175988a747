// Every JSON Schema has a form.
import { expect, test } from 'vitest';
import { fieldOf } from './field.ts';

const text = { type: 'string' };

test.each<[string, unknown, object]>([
  [
    'a text',
    { type: 'string', minLength: 2, maxLength: 9, pattern: '^[a-z]+$' },
    { kind: 'text', shortest: 2, longest: 9, pattern: '^[a-z]+$' },
  ],
  ['a pattern for a part of the text', { type: 'string', pattern: 'a|b' }, { kind: 'text', pattern: undefined }],
  ['a pattern that browsers refuse', { type: 'string', pattern: '^[a-]$' }, { kind: 'text', pattern: undefined }],
  ['a long text', { type: 'string', maxLength: 500_000 }, { kind: 'text', input: 'lines' }],
  ['a setting of the file', { type: 'string', readOnly: true, fileOnly: true }, { kind: 'json', readOnly: true }],
  ['a value that code does not change', { type: 'string', readOnly: true }, { kind: 'text' }],
  ['a secret', { type: 'string', secret: true }, { kind: 'text', secret: true }],
  ['an address', { type: 'string', format: 'email' }, { kind: 'text', input: 'email' }],
  ['a link', { type: 'string', format: 'uri' }, { kind: 'text', input: 'url' }],
  ['a moment', { type: 'string', format: 'date-time' }, { kind: 'text', input: 'text' }],
  ['a number', { type: 'number', minimum: 0, maximum: 1 }, { kind: 'number', whole: false, least: 0, most: 1 }],
  ['a whole number', { type: 'integer', exclusiveMinimum: 0 }, { kind: 'number', whole: true, least: 1 }],
  ['any whole number', { type: 'integer', maximum: Number.MAX_SAFE_INTEGER }, { kind: 'number', most: undefined }],
  ['yes or no', { type: 'boolean' }, { kind: 'choice', options: [true, false] }],
  ['one of several', { enum: ['a', 1, null] }, { kind: 'choice', options: ['a', 1, null] }],
  ['an enum of objects', { enum: [{}] }, { kind: 'json' }],
  ['a constant', { const: 'x' }, { kind: 'fixed', value: 'x' }],
  [
    'a list',
    { type: 'array', items: text, minItems: 1, maxItems: 5 },
    { kind: 'list', least: 1, most: 5, item: { kind: 'text' } },
  ],
  ['a list without bound', { type: 'array', items: text }, { kind: 'list', most: 100 }],
  ['a tuple', { type: 'array', items: text, prefixItems: [text] }, { kind: 'json' }],
  ['a record', { type: 'object', additionalProperties: text }, { kind: 'json' }],
  ['anything', {}, { kind: 'json' }],
  ['nothing known', null, { kind: 'json' }],
  ['nullable', { anyOf: [text, { type: 'null' }] }, { kind: 'text', nullable: true }],
  ['several types', { type: ['string', 'null'] }, { kind: 'text', nullable: true }],
  [
    'plain shapes',
    { anyOf: [{ type: 'boolean' }, { const: 'original' }] },
    { kind: 'choice', options: [true, false, 'original'] },
  ],
  ['one or several', { anyOf: [text, { type: 'array', items: text }] }, { kind: 'list', orOne: true }],
  [
    'several shapes',
    { oneOf: [text, { type: 'object', properties: { a: text } }] },
    { kind: 'union', branches: [{ kind: 'text' }, { kind: 'group' }] },
  ],
  ['a reference', { $ref: '#/$defs/a~1b', $defs: { 'a/b': text }, title: 'T' }, { kind: 'text', title: 'T' }],
  ['a reference elsewhere', { $ref: 'https://schema.example/x' }, { kind: 'json' }],
  ['a reference to itself', { $ref: '#' }, { kind: 'json' }],
  [
    'all of them',
    { allOf: [{ type: 'object', properties: { a: text }, required: ['a'] }, { properties: { b: text } }] },
    { kind: 'group', parts: [{ key: 'a', required: true }, { key: 'b' }] },
  ],
  ['a tree that is made of itself', { type: 'object', properties: { next: { $ref: '#' } } }, { kind: 'group' }],
  [
    'words',
    { type: 'string', title: 'Name', description: 'Of the person.', default: 'Ada', examples: ['Bob'] },
    { title: 'Name', help: 'Of the person.', fallback: 'Ada', example: 'Bob' },
  ],
])('%s', (_, schema, field) => {
  expect(fieldOf(schema)).toMatchObject(field);
});

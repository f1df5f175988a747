// Every JSON Schema has a form.
import { expect, test } from 'vitest';
import { fieldOf } from './field.ts';

const text = { type: 'string' };

test.each<[string, unknown, object]>([
  ['a text', { type: 'string', minLength: 2, maxLength: 9 }, { kind: 'text', longest: 9 }],
  ['a setting of the file', { type: 'string', readOnly: true, fileOnly: true }, { kind: 'json', readOnly: true }],
  ['a secret', { type: 'string', secret: true }, { kind: 'text', secret: true }],
  ['a whole number', { type: 'integer', exclusiveMinimum: 0 }, { kind: 'number', whole: true, least: 1 }],
  ['one of several', { enum: ['a', 1, null] }, { kind: 'choice', options: ['a', 1, null] }],
  [
    'a list',
    { type: 'array', items: text, minItems: 1, maxItems: 5 },
    { kind: 'list', least: 1, most: 5, item: { kind: 'text' } },
  ],
  ['a record', { type: 'object', additionalProperties: text }, { kind: 'json' }],
  ['nothing known', null, { kind: 'json' }],
  ['nullable', { anyOf: [text, { type: 'null' }] }, { kind: 'text', nullable: true }],
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
  ['a reference to itself', { $ref: '#' }, { kind: 'json' }],
  [
    'all of them',
    { allOf: [{ type: 'object', properties: { a: text }, required: ['a'] }, { properties: { b: text } }] },
    { kind: 'group', parts: [{ key: 'a', required: true }, { key: 'b' }] },
  ],
  ['a tree that is made of itself', { type: 'object', properties: { next: { $ref: '#' } } }, { kind: 'group' }],
])('%s', (_, schema, field) => {
  expect(fieldOf(schema)).toMatchObject(field);
});

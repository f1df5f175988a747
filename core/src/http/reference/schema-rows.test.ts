// Schemas as rows that people read.
import { expect, test } from 'vitest';
import { componentSchemas } from '../schemas.ts';
import { shapesOf } from './schema-rows.ts';

const rows = (schema: object) =>
  shapesOf(schema).flatMap((shape) => shape.rows.map(({ path, type }) => [path, ...type]));

test('nested objects and lists are rows with their path', () => {
  const schema = {
    type: 'object',
    required: ['to'],
    properties: {
      to: { type: 'string', format: 'email', maxLength: 320, description: 'One address.' },
      at: { type: 'string', format: 'date-time' },
      sizes: { type: 'array', items: { type: 'object', properties: { width: { type: 'integer' } } } },
      owner: { anyOf: [{ type: 'object', properties: { id: { type: 'string' } } }, { type: 'null' }] },
    },
  };
  expect(rows(schema)).toEqual([
    ['to', 'email'],
    ['at', 'time'],
    ['sizes', 'list of ', 'object'],
    ['sizes[].width', 'integer'],
    ['owner', 'object', ' | ', 'null'],
    ['owner.id', 'string'],
  ]);
  expect(shapesOf(schema)[0]?.rows[0]).toMatchObject({ required: true, about: 'One address. At most 320 characters.' });
});

test.each([
  [{ $ref: '#/components/schemas/Job' }, [{ ref: 'Job' }]],
  [{ enum: ['low', 'high'] }, ['"low" | "high"']],
  [{ const: 'skip' }, ['"skip"']],
  [{ type: ['string', 'null'] }, ['string | null']],
  [{ anyOf: [{ $ref: '#/components/schemas/Job' }, { type: 'null' }] }, [{ ref: 'Job' }, ' | ', 'null']],
  [{ type: 'object', additionalProperties: { type: 'number' } }, ['object of ', 'number']],
  [{}, ['anything']],
])('%j is named in words', (schema, words) => {
  expect(shapesOf({ type: 'object', properties: { x: schema } })[0]?.rows[0]?.type).toEqual(words);
});

test('each form of a union of objects has rows of its own', () => {
  const form = (name: string) => ({ type: 'object', properties: { [name]: { type: 'string' } } });
  expect(shapesOf({ anyOf: [form('a'), form('b')] }).map(({ rows: own }) => own.map(({ path }) => path))).toEqual([
    ['a'],
    ['b'],
  ]);
});

test('every schema of the API says something', () => {
  for (const [name, schema] of Object.entries(componentSchemas())) {
    const shapes = shapesOf(schema);
    expect([name, shapes.every(({ whole, rows: own }) => whole.length + own.length > 0)]).toEqual([name, true]);
  }
});

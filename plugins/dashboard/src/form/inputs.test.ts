// The inputs of a form in browsers: none drops typed text or asks for more than the schema does.
import { expect, test } from 'vitest';
import { fieldOf } from './field.ts';
import { SchemaForm } from './form.tsx';
import { openForm, submit } from './state.ts';

const texts = { type: 'array', items: { type: 'string' } };
const field = fieldOf({
  type: 'object',
  properties: {
    day: { type: 'string', format: 'date' },
    at: { type: 'string', format: 'time' },
    seats: { type: 'number' },
    stops: texts,
    guests: { ...texts, minItems: 1 },
  },
  required: ['stops', 'guests'],
});
const page = (form: ReturnType<typeof openForm>): string =>
  String(SchemaForm({ form, action: '/add', use: { name: 'add', label: 'Add' } }));
const inputOf = (html: string, place: string): string =>
  new RegExp(`<input id="data/${place}"[^>]*>`).exec(html)?.[0] ?? '';

test('a value that browsers would drop from such a field is in a plain one', () => {
  const typed = { 'data/day': 'tomorrow', 'data/at': '09:30:00Z', 'data/seats': '0x10', do: 'show' };
  const html = page(submit(field, typed, 'add').form);
  expect(inputOf(html, 'day')).toMatch(/type="text" value="tomorrow"/);
  expect(inputOf(html, 'at')).toMatch(/type="text" value="09:30:00Z"/);
  expect(inputOf(html, 'seats')).toMatch(/type="text" value="0x10"/);
});

test('a required list may be empty, unless its schema requires an entry', () => {
  const html = page(openForm(field, undefined));
  expect(inputOf(html, 'guests/0')).toContain('required');
  expect(html).not.toContain('data/stops/0');
  const typed = { 'data/stops?rows': '0', 'data/guests?rows': '1', 'data/guests/0': 'Ada', do: 'add' };
  expect(submit(field, typed, 'add').value).toEqual({ stops: [], guests: ['Ada'] });
});

test('a read-only setting is shown without escapes, and sent back as it was', () => {
  const setting = { fileOnly: true };
  const settings = fieldOf({
    type: 'object',
    properties: { path: setting, hosts: setting, none: setting, on: setting },
  });
  const html = page(openForm(settings, { path: 'C:\\"data"', hosts: ['a.test', 'b.test'], none: {}, on: true }));
  const shown = [...html.matchAll(/<output[^>]*>([^<]*)</g)].map(([, text]) => text);
  expect(shown).toEqual(['C:\\&quot;data&quot;', 'a.test\nb.test', 'not set', 'yes']);
  expect(html).toContain('name="data/path" value="&quot;C:\\\\\\&quot;data\\&quot;&quot;"');
});

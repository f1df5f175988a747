// The inputs of a form in browsers: none drops typed text or asks for more than the schema does.
import { expect, test } from 'vitest';
import { formOf } from './field.ts';
import { SchemaForm } from './form.tsx';
import { openForm, submit } from './state.ts';

const texts = { type: 'array', items: { type: 'string' } };
const field = formOf({
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
  const html = page(openForm(field, {}));
  expect(inputOf(html, 'guests/0')).toContain('required');
  expect(html).not.toContain('data/stops/0');
  const typed = { 'data/stops?rows': '0', 'data/guests?rows': '1', 'data/guests/0': 'Ada', do: 'add' };
  expect(submit(field, typed, 'add').value?.data).toEqual({ stops: [], guests: ['Ada'] });
});

test('each id is on the page once, whatever the shapes', () => {
  const shapes = { anyOf: [{ type: 'string' }, { type: 'object', properties: { host: { type: 'string' } } }, texts] };
  const either = formOf({ type: 'object', properties: { one: shapes, some: { type: 'array', items: shapes } } });
  const values = ['a', { host: 'a' }, { host: 1, port: 2 }, ['a'], 7];
  for (const one of [...values, undefined]) {
    const ids = [...page(openForm(either, { data: { one, some: values } })).matchAll(/ id="([^"]*)"/g)].map(
      ([, id]) => id,
    );
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(ids).toEqual(expect.arrayContaining(['data/one', ...values.map((_, i) => `data/some/${i}`)]));
  }
});

test('sizes and durations have units, and anything else is reported together with what is missing', () => {
  const sizes = formOf({
    type: 'object',
    properties: {
      most: { type: 'integer', unit: 'bytes', minimum: 1, maximum: 50_000_000, default: 10_000_000 },
      wait: { type: 'integer', unit: 'milliseconds', exclusiveMinimum: 0 },
      share: { type: 'number', exclusiveMinimum: 0 },
      name: { type: 'string' },
    },
    required: ['name'],
  });
  const html = page(openForm(sizes, { data: { most: 20_971_520, wait: 90_000 } }));
  expect([inputOf(html, 'most'), inputOf(html, 'wait')].map((input) => / value="([^"]*)"/.exec(input)?.[1])).toEqual([
    '20 MiB',
    '90 s',
  ]);
  expect(html).toContain('placeholder="default: 10 MB"');
  expect(html).toContain('1 B to 50 MB.');
  expect(html).toContain('More than 0.');
  const typed = (most: string, wait: string) =>
    submit(sizes, { 'data/most': most, 'data/wait': wait, 'data/share': 'half', do: 'add' }, 'add');
  expect(typed('1.5 MB', '2 minutes').value?.data).toEqual({ most: 1_500_000, wait: 120_000, share: 'half' });
  expect(
    typed('lots', '30')
      .form.mistakes.map(({ place }) => place)
      .sort(),
  ).toEqual(['data/most', 'data/name', 'data/wait']);
});

test('a read-only setting is shown without escapes, and sent back as it was', () => {
  const setting = { fileOnly: true };
  const settings = formOf({
    type: 'object',
    properties: { path: setting, hosts: setting, none: setting, on: setting },
  });
  const html = page(
    openForm(settings, { data: { path: 'C:\\"data"', hosts: ['a.test', 'b.test'], none: {}, on: true } }),
  );
  const shown = [...html.matchAll(/<output[^>]*>([^<]*)</g)].map(([, text]) => text);
  expect(shown).toEqual(['C:\\&quot;data&quot;', 'a.test\nb.test', 'not set', 'yes']);
  expect(html).toContain('name="data/path" value="&quot;C:\\\\\\&quot;data\\&quot;&quot;"');
});

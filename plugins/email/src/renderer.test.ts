// Templates: the built-in ones, missing variables by name, and the limits of templates and variables.
import { expect, test } from 'vitest';
import { createRenderer } from './renderer.ts';
import { readTemplate, type TemplateSource } from './template-source.ts';

const rendererOf = (templates: Record<string, string>) => {
  const sources = Object.entries(templates).map(([name, text]): [string, TemplateSource] => [
    name,
    readTemplate(name, text),
  ]);
  return createRenderer(new Map(sources));
};
const render = (text: string, variables: Record<string, unknown> = {}) =>
  rendererOf({ t: text }).render('t', variables);
const failure = (text: string, variables: Record<string, unknown> = {}) =>
  render(text, variables).catch((error) => error);

test.each([
  ['\n  {{user.name}}', {}, 'user.name'],
  ['{{user.name}}', { user: 'a secret' }, 'name'],
  ['{{#if user.name}}x{{/if}}', {}, 'name'],
  ['<a href="{{url link}}">x</a>', {}, 'link'],
  ['{{constructor}}', {}, 'constructor'],
  ['{{__proto__}}', {}, '__proto__'],
])('%j reports the missing variable', async (template, variables, name) => {
  const error = await failure(template, variables);
  expect(error).toMatchObject({ code: 'MISSING_VARIABLE', retryable: false });
  expect(error.message).toContain(`"${name}"`);
  expect(error.message).not.toContain('secret');
});

test('a variable missing in a partial is reported with its full path', async () => {
  const renderer = rendererOf({ _part: '\n\n {{user.name}}', t: 'x {{> _part}}' });
  await expect(renderer.render('t', {})).rejects.toThrow('the template "t" needs the variable "user.name"');
});

test.each([
  ['{{{x}}}', 'unescaped'],
  ['{{&x}}', 'unescaped'],
  ['<p>{{#url x}}{{/url}}</p>', 'unescaped'],
  ['{{shout x}}', 'shout'],
  ['{{> nobody}}', 'nobody'],
  ['{{#> _nobody}}x{{/_nobody}}', 'uses "_nobody", which is missing or has errors'],
  ['{{> (lookup . "x")}}', 'nobody'],
])('the template %j is refused', async (template, why) => {
  const error = await failure(template, { x: 'nobody', y: true });
  expect(error).toMatchObject({ code: 'TEMPLATE_ERROR', retryable: false });
  expect(error.message).toContain(why);
});

test.each([
  'javascript:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,x',
  '//evil.test',
  'file:///etc/passwd',
  'https://a b',
  'https://a\r\nb',
  7,
  {},
])('the link %j is refused', async (link) => {
  const error = await failure('<a href="{{url link}}">x</a>', { link });
  expect(error).toMatchObject({ code: 'INVALID_MESSAGE' });
  expect(error.message).toBe('the template "t": the variable "link" must be an http, https or mailto address');
});

test.each([
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='x",
  '{{constructor}}',
  '`x`',
])('the value %j remains text', async (value) => {
  const { html } = await render('<p title="{{x}}">{{x}}</p>', { x: value });
  expect(html.match(/[<>]/g)).toHaveLength(4);
  expect(html.match(/["']/g)).toHaveLength(2);
});

test.each([
  [{ a: { b: { c: { d: { e: { f: 1 } } } } } }],
  [{ a: Array.from({ length: 2_001 }, () => 0) }],
  [{ a: new Map() }],
  [{ a: Number.NaN }],
])('variables that are not plain or too large are refused (%#)', async (variables) => {
  expect(await failure('x', variables)).toMatchObject({ code: 'INVALID_MESSAGE' });
});

test('a template that includes itself fails without ending the process', async () => {
  await expect(rendererOf({ t: '{{> t}}' }).render('t', {})).rejects.toMatchObject({ code: 'TEMPLATE_ERROR' });
});

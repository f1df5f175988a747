// Names that strangers write do no harm in a path, a terminal or a page.
import { expect, test } from 'vitest';
import { safeName, safeType } from './upload-name.ts';

test.each([
  ['photo.png', 'photo.png'],
  ['Mein Foto (1).jpg', 'Mein Foto (1).jpg'],
  ['写真.png', '写真.png'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\windows\\a.txt', 'a.txt'],
  ['.htaccess', 'htaccess'],
  ['a\u0000b\nc\u001b[31m.txt', 'abc[31m.txt'],
  ['\u202egnp.exe', 'gnp.exe'],
  ['<img src=x>.png', 'img src=x.png'],
  ['...', 'file'],
  ['', 'file'],
  [undefined, 'file'],
])('%j becomes %j', (name, expected) => {
  expect(safeName(name)).toBe(expected);
});

test('a long name keeps its end', () => {
  const name = safeName(`${'🎉'.repeat(300)}.png`);
  expect([...name]).toHaveLength(200);
  expect(name.endsWith('🎉.png')).toBe(true);
});

test.each([
  ['image/png', 'image/png'],
  ['Image/SVG+XML', 'image/svg+xml'],
  ['text/html; charset=utf-8', 'application/octet-stream'],
  ['text/html\r\nx: y', 'application/octet-stream'],
  ['x', 'application/octet-stream'],
  [undefined, 'application/octet-stream'],
])('the type %j becomes %s', (type, expected) => {
  expect(safeType(type)).toBe(expected);
});

// Names and types of strangers' files are harmless.
import { expect, test } from 'vitest';
import { safeName, safeType } from './names.ts';

test.each([
  ['photo.png', 'photo.png'],
  ['写真.png', '写真.png'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\windows\\a.txt', 'a.txt'],
  ['a\u0000b\nc\u001b[31m.txt', 'abc[31m.txt'],
  ['\u202egnp.exe', 'gnp.exe'],
  ['<img src=x>.png', 'img src=x.png'],
  [undefined, 'file'],
])('%j becomes %j', (name, expected) => {
  expect(safeName(name)).toBe(expected);
});

test.each([
  ['image/png', 'image/png'],
  ['Image/SVG+XML', 'image/svg+xml'],
  ['text/html; charset=utf-8', 'application/octet-stream'],
  ['text/html\r\nx: y', 'application/octet-stream'],
  [undefined, 'application/octet-stream'],
])('the type %j becomes %s', (type, expected) => {
  expect(safeType(type)).toBe(expected);
});

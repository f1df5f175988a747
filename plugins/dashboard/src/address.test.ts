import { describe, expect, test } from 'vitest';
import { safeAddress, safeImage } from './address.ts';

describe('a link from a plugin', () => {
  test.each([
    ['/plugins/email/mailbox/1', '/jobs/plugins/email/mailbox/1'],
    ['/', '/jobs/'],
    ['https://example.com/a?b', 'https://example.com/a?b'],
  ])('to %s is accepted', (given, expected) => {
    expect(safeAddress('/jobs', given)).toBe(expected);
  });

  test.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'data:text/html,x',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https:\\evil.example',
    'mailbox/1',
    '',
  ])('to %j is ignored', (given) => {
    expect(safeAddress('', given)).toBeUndefined();
  });
});

test('an image comes from below the mount point or from the page itself', () => {
  expect(safeImage('/jobs', '/plugins/image/files/1')).toBe('/jobs/plugins/image/files/1');
  expect(safeImage('/jobs', 'data:image/png;base64,AA')).toBe('data:image/png;base64,AA');
  expect(safeImage('/jobs', 'data:text/html,x')).toBeUndefined();
  expect(safeImage('/jobs', 'https://tracker.example/x.gif')).toBeUndefined();
});

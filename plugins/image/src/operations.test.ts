// Invalid operations, with messages that never repeat the caller's values.
import { parse } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { imageJobData } from './data.ts';

const schema = imageJobData({ maxSide: 8_192, maxOutputs: 20 });
const url = 'https://example.com/image.jpg';

test.each([
  ...(
    [
      ['a crop without a size', { type: 'crop', left: 1, top: 1 }],
      ['a crop without a corner', { type: 'crop', left: 1, width: 5, height: 5 }],
      ['a crop with a corner and a focus', { type: 'crop', left: 1, top: 1, width: 5, height: 5, focus: 'center' }],
      ['a crop with a ratio and a size', { type: 'crop', ratio: '1:1', width: 5, height: 5 }],
    ] as const
  ).map(([what, one]): [string, object, string] => [
    what,
    { sourceUrl: url, operations: [one] },
    'data.operations[0] needs left, top, width and height, or width and height with a focus, or a ratio with a focus',
  ]),
  [
    'a ratio of zero',
    { sourceUrl: url, operations: [{ type: 'crop', ratio: '0:1' }] },
    'data.operations[0].ratio must be two whole numbers, such as 16:9',
  ],
  [
    'a colour by name',
    { sourceUrl: url, operations: [{ type: 'rotate', angle: 1, background: 'SECRET' }] },
    'data.operations[0].background must be a colour such as #ffffff or #00000080',
  ],
  [
    'a text with a control character',
    { sourceUrl: url, operations: [{ type: 'watermark', text: 'SECRET\u0007' }] },
    'data.operations[0].text must be plain text',
  ],
  [
    'a text that turns around',
    { sourceUrl: url, operations: [{ type: 'watermark', text: 'SECRET\u202egnp' }] },
    'data.operations[0].text must be plain text',
  ],
  [
    'a text of 201 characters',
    { sourceUrl: url, operations: [{ type: 'watermark', text: 'x'.repeat(201) }] },
    'data.operations[0].text is too large or too long: at most 200',
  ],
  [
    'a mark of both kinds',
    { sourceUrl: url, operations: [{ type: 'watermark', text: 'x', source: 'SECRET' }] },
    'data.operations[0] needs exactly one of text, source and sourceUrl',
  ],
  [
    'a mark from a file URL',
    { sourceUrl: url, operations: [{ type: 'watermark', sourceUrl: 'file:///SECRET' }] },
    'data.operations[0].sourceUrl must be an http(s) URL without user and password',
  ],
])('%s is refused', async (_what, data, message) => {
  const parsed = await parse(schema, data, 'data');
  const errors = parsed.ok ? [] : parsed.errors.map(({ path, message: words }) => `${path} ${words}`);
  expect(errors).toContain(message);
  expect(errors.join()).not.toContain('SECRET');
});

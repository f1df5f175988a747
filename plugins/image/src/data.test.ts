// Invalid data of new jobs, with messages that never repeat the caller's values.
import { parse } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { imageJobData } from './data.ts';
import { generatedPath, summary } from './names.ts';

const schema = imageJobData({ maxSide: 8_192, maxOutputs: 20 });
const operations = [{ type: 'format', format: 'webp' }] as const;
const upload = { upload: 'u1', name: 'Holiday Photo (1).JPG', type: 'image/jpeg', size: 10 };
const url = 'https://example.com/image.jpg';
const of = (...operations: unknown[]) => ({ sourceUrl: url, operations });

async function errorsOf(data: unknown): Promise<string[]> {
  const parsed = await parse(schema, data, 'data');
  return parsed.ok ? [] : parsed.errors.map(({ path, message }) => `${path} ${message}`);
}

test.each([
  ['no source', { operations }, 'data needs exactly one of sourceUrl, file and source'],
  ['two sources', { sourceUrl: url, source: 'a', operations }, 'data needs exactly one of sourceUrl, file and source'],
  ['an unknown operation', of({ type: 'SECRET' }), 'data.operations[0].type is not valid'],
  [
    'a path upwards',
    { sourceUrl: url, operations, outputPath: '../SECRET.webp' },
    'data.outputPath must not contain empty parts, or parts that begin or end with a dot',
  ],
  [
    'a file URL',
    { sourceUrl: 'file:///SECRET', operations },
    'data.sourceUrl must be an http(s) URL without user and password',
  ],
  [
    'a set with one path',
    { sourceUrl: url, outputs: [{ width: 1 }], outputPath: 'SECRET.webp' },
    'data.outputPath names the files of a set in outputs or responsive.outputPath',
  ],
  [
    'two files with one path',
    { sourceUrl: url, outputs: ['/SECRET.webp', 'SECRET.webp'].map((outputPath) => ({ outputPath })) },
    'data.outputs has two outputs with one outputPath',
  ],
  [
    'more files than are allowed',
    { sourceUrl: url, responsive: { widths: Array(11).fill(1), formats: ['webp', 'avif'] } },
    'data.responsive makes more than config.limits.maxOutputs (20) files',
  ],
  [
    'a crop with a corner and a focus',
    of({ type: 'crop', left: 1, top: 1, width: 5, height: 5, focus: 'center' }),
    'data.operations[0] needs left, top, width and height, or width and height with a focus, or a ratio with a focus',
  ],
  [
    'a text with a control character',
    of({ type: 'watermark', text: 'SECRET\u0007' }),
    'data.operations[0].text must be plain text',
  ],
  [
    'a mark of both kinds',
    of({ type: 'watermark', text: 'x', source: 'SECRET' }),
    'data.operations[0] needs exactly one of text, source and sourceUrl',
  ],
  ['an unknown key', { sourceUrl: url, operations, SECRET: 1 }, 'data has an unknown key'],
])('%s is refused', async (_what, data, message) => {
  const errors = await errorsOf(data);
  expect(errors).toContain(message);
  expect(errors.join()).not.toContain('SECRET');
});

describe('names', () => {
  test('the summary shows source and format', () => {
    expect(summary({ sourceUrl: `${url}?size=large`, operations: [...operations] })).toBe('image.jpg -> webp');
    expect(summary({ source: 'a/b.png', operations: [], outputPath: '/x.avif' })).toBe('b.png -> avif');
    expect(summary({ file: upload, operations: [] })).toBe('Holiday Photo (1).JPG -> jpeg');
    expect(summary({ sourceUrl: 'https://example.com', operations: [] })).toBe('image -> same format');
    expect(summary({ file: upload, responsive: { widths: [1, 2], formats: ['webp', 'avif'] } })).toBe(
      'Holiday Photo (1).JPG -> 2 widths webp avif',
    );
    expect(summary({ file: upload, outputs: [{ width: 1 }] })).toBe('Holiday Photo (1).JPG -> 1 file');
    expect(summary({ source: 'a/\u001b[31mx\n.png', operations: [] })).toBe('[31mx.png -> png');
  });

  test('a result without outputPath is named after its source and job', () => {
    expect(generatedPath({ file: upload, operations: [] }, 'j1', 'jpeg')).toBe('/processed/Holiday-Photo-1-j1.jpg');
    expect(generatedPath({ sourceUrl: 'https://example.com/', operations: [] }, 'j1', 'webp')).toBe(
      '/processed/image-j1.webp',
    );
    expect(generatedPath({ file: { ...upload, name: '../../..' }, operations: [] }, 'j1', 'png')).toBe(
      '/processed/image-j1.png',
    );
  });
});

// Settings: the defaults are closed, and mistakes are named.
import { parse } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { ImageConfig } from './config.ts';

const errorsOf = async (config: unknown) => {
  const parsed = await parse(ImageConfig, config, 'config');
  return parsed.ok ? [] : parsed.errors.map(({ path, message }) => `${path} ${message}`);
};

test('by default no private address can be fetched and no folder can be read', () => {
  expect(ImageConfig.parse({})).toMatchObject({ sources: [], allowHosts: [] });
});

test('allowed hosts are exact names with a port, in lower case', async () => {
  expect(ImageConfig.parse({ allowHosts: ['LocalHost:3210', '[::1]:80'] }).allowHosts).toEqual([
    'localhost:3210',
    '[::1]:80',
  ]);
  for (const wrong of ['localhost', 'http://localhost:80', '*:80', 'a:80/x', 'a:b', '']) {
    expect(await errorsOf({ allowHosts: [wrong] })).toEqual([
      'config.allowHosts[0] must be host:port, such as www.example.com:443',
    ]);
  }
});

test('the public URL cannot break out of a srcset', async () => {
  for (const publicUrl of ['', '/media', '/a/b', 'https://cdn.example.com', 'https://cdn.example.com/a/']) {
    expect(await errorsOf({ publicUrl })).toEqual([]);
  }
  for (const publicUrl of ['media', '//evil', '/a"b', 'javascript:x', 'https://a b', 'https://a,b', 'https://a"b']) {
    expect(await errorsOf({ publicUrl })).toEqual(['config.publicUrl must be an address']);
  }
});

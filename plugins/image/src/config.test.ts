// Settings: the defaults are closed, and mistakes are named.
import { parse } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ImageConfig } from './config.ts';

const errorsOf = async (config: unknown) => {
  const parsed = await parse(ImageConfig, config, 'config');
  return parsed.ok ? [] : parsed.errors.map(({ path, message }) => `${path} ${message}`);
};

test('by default nothing private can be fetched and no folder can be read', () => {
  expect(ImageConfig.parse({})).toMatchObject({ root: './data/files', sources: [], allowHosts: [] });
});

test('a few limits can be set, the others keep their defaults', () => {
  expect(ImageConfig.parse({ limits: { maxSide: 100 } }).limits).toMatchObject({ maxSide: 100, maxPixels: 50_000_000 });
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

test('a bucket is named by the operator, and its secret is marked as one', async () => {
  const s3 = { endpoint: 'https://s3.example.com', bucket: 'pictures', accessKeyId: 'id', secretAccessKey: 'key' };
  expect(ImageConfig.parse({ s3 }).s3).toEqual({ ...s3, region: 'us-east-1', prefix: '' });
  for (const prefix of ['site/', 'a/b.c/'])
    expect(ImageConfig.parse({ s3: { ...s3, prefix } }).s3).toMatchObject({ prefix });
  for (const prefix of ['/', 'site', '../', 'a//', '.a/', 'a b/']) {
    expect(await errorsOf({ s3: { ...s3, prefix } })).toEqual([
      'config.s3.prefix must be empty or plain folders that end with /',
    ]);
  }
  for (const endpoint of ['s3.example.com', 'ftp://a', 'https://user:password@a', 'https://a/?x', 'https://a/#x']) {
    expect(await errorsOf({ s3: { ...s3, endpoint } })).toEqual([
      'config.s3.endpoint must be an http(s) URL without user, password, query and fragment',
    ]);
  }
  for (const bucket of ['a', 'A-b', '../x', 'a/b', '']) {
    expect(await errorsOf({ s3: { ...s3, bucket } })).toEqual(['config.s3.bucket must be the name of a bucket']);
  }
  expect(JSON.stringify(z.toJSONSchema(ImageConfig, { io: 'input' }))).toContain('"secret":true');
});

test('the public address cannot break out of a srcset', async () => {
  for (const publicUrl of ['', '/media', '/a/b', 'https://cdn.example.com', 'https://cdn.example.com/a/']) {
    expect(await errorsOf({ publicUrl })).toEqual([]);
  }
  for (const publicUrl of ['media', '//evil', '/a"b', 'javascript:x', 'https://a b', 'https://a,b', 'https://a"b']) {
    expect(await errorsOf({ publicUrl })).toEqual(['config.publicUrl must be an address']);
  }
});

test('a wrong setting is named', async () => {
  expect(await errorsOf({ roots: 'x', limits: { maxSide: 0 } })).toEqual([
    'config.limits.maxSide is too small or too short: at least 1',
    'config has a key that is not known',
  ]);
});

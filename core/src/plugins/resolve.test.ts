// Where the code of a plugin is: a package of the host application, of the core, or a path.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hostFolder } from '../../test/host-folder.ts';
import { findPlugin } from './resolve.ts';

const esm = {
  name: 'x',
  version: '3.2.1',
  exports: { '.': { types: './x.d.ts', import: './main.mjs' }, './sub': './sub.mjs' },
};

test('a key resolves to @phraseworks/plugin-<key>, else phraseworks-plugin-<key>, from the host application', async () => {
  await using host = await hostFolder({
    'node_modules/@phraseworks/plugin-one/package.json': esm,
    'node_modules/@phraseworks/plugin-one/main.mjs': '',
    'node_modules/phraseworks-plugin-one/package.json': esm,
    'node_modules/phraseworks-plugin-two/package.json': { name: 'two', main: 'lib.js' },
    'node_modules/phraseworks-plugin-two/lib.js': '',
  });
  const one = findPlugin('one', undefined, host.path);
  expect(one).toEqual({
    url: expect.stringMatching(/node_modules\/@phraseworks\/plugin-one\/main\.mjs$/),
    version: '3.2.1',
  });
  expect(findPlugin('two', undefined, host.path).url).toMatch(/phraseworks-plugin-two\/lib\.js$/);
});

test('a package that only the core can resolve is found', async () => {
  await using host = await hostFolder({});
  expect(findPlugin('x', 'hono', host.path).url).toMatch(/\/hono\/dist\/index\.js$/);
});

test('a file of a package is found by its export', async () => {
  await using host = await hostFolder({ 'node_modules/pack/package.json': esm, 'node_modules/pack/sub.mjs': '' });
  expect(findPlugin('x', 'pack/sub', host.path).url).toMatch(/pack\/sub\.mjs$/);
});

test('a path is relative to the folder of the configuration; a folder means its package or its index', async () => {
  await using host = await hostFolder({
    'a.mjs': '',
    'b/index.js': '',
    'c/package.json': { version: '1.0.0', main: './src.js' },
    'c/src.js': '',
  });
  expect(fileURLToPath(findPlugin('x', './a.mjs', host.path).url)).toMatch(/a\.mjs$/);
  expect(findPlugin('x', './b', host.path).url).toMatch(/b\/index\.js$/);
  expect(findPlugin('x', './c', host.path)).toEqual({ url: expect.stringMatching(/c\/src\.js$/), version: '1.0.0' });
  expect(findPlugin('x', `${host.path}/a.mjs`, '/').url).toMatch(/a\.mjs$/);
});

test('a missing plugin is refused with the remedy', async () => {
  await using host = await hostFolder({ 'empty/readme.txt': '' });
  expect(() => findPlugin('nope', undefined, host.path)).toThrow(
    'phraseworks-plugin-nope is not installed: run npm install phraseworks-plugin-nope, or set plugins.nope.use to its file or package',
  );
  expect(() => findPlugin('x', 'no-such-package', host.path)).toThrow('npm install no-such-package');
  expect(() => findPlugin('x', './gone.js', host.path)).toThrow('plugins.x.use');
  expect(() => findPlugin('x', './empty', host.path)).toThrow('has no index.js or index.ts');
});

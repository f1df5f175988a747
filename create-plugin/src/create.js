#!/usr/bin/env node
// `npm create phraseworks-plugin NAME`: writes the files of a new plugin.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { filesOf } from './files.js';

const USAGE = `Usage: npm create phraseworks-plugin NAME -- [options]

  --js    JavaScript; TypeScript by default
  --help  this text

Example: npm create phraseworks-plugin links`;

const PREFIX = 'phraseworks-plugin-';
/** The plugins of PhraseWorks Jobs, which a site enables by these names. */
const TAKEN = 'alerts api api-docs backup cleanup dashboard email files image metrics phraseworks report sign-in'.split(
  ' ',
);

/** What the person has to change: printed as one line. */
class Refusal extends Error {}

try {
  await create(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function create(args) {
  const { values, positionals } = readArguments(args);
  if (values.help) return process.stdout.write(`${USAGE}\n`);
  const name = await readName(positionals[0]);
  for (const [path, text] of Object.entries(filesOf({ name, typescript: !values.js }))) {
    await mkdir(dirname(join(name, path)), { recursive: true });
    await writeFile(join(name, path), text);
  }
  process.stdout.write(`\n${PREFIX}${name} is in the folder ${name}. Next:

  cd ${name}
  npm install
  npm run dev
`);
}

function readArguments(args) {
  const options = {
    js: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  };
  try {
    const read = parseArgs({ args, options, allowPositionals: true });
    if (read.positionals.length > 1) throw new Error('Only one name can be given.');
    return read;
  } catch (error) {
    throw new Refusal(`${error.message}\n\n${USAGE}`);
  }
}

async function readName(given = '') {
  const name = given.trim().replace(PREFIX, '');
  if (name === '') throw new Refusal('Give the plugin a name: npm create phraseworks-plugin links');
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 24)
    throw new Refusal(
      'A name has at most 24 lower-case letters, digits and single dashes, and starts with a letter: link-check.',
    );
  if (TAKEN.includes(name)) throw new Refusal(`${name} is a plugin of PhraseWorks Jobs: choose another name.`);
  if ((await entriesOf(name)).length > 0)
    throw new Refusal(`The folder ${name} is not empty: choose another name, or empty it first.`);
  return name;
}

async function entriesOf(folder) {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') return [folder];
    throw error;
  }
}

#!/usr/bin/env node
// `npm create phraseworks-plugin NAME`: reads the flags, asks a person for what they leave open, and writes the files.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { FEATURES, filesOf } from './files.js';

const USAGE = `Usage: npm create phraseworks-plugin NAME -- [options]

  --js             JavaScript; TypeScript by default
  --with FEATURES  any of ${FEATURES.join(', ')}, separated by commas, or all
  --yes            ask nothing
  --help           this text

Example: npm create phraseworks-plugin links -- --with schedule,table`;

const PREFIX = 'phraseworks-plugin-';
/** The plugins of PhraseWorks Jobs, which a site enables by these names. */
const TAKEN = 'alerts api-docs backup cleanup dashboard email image metrics phraseworks report'.split(' ');

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
  const { name, js, features } = await choices(values, positionals[0]);
  for (const [path, text] of Object.entries(filesOf({ name, typescript: !js, features }))) {
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
    with: { type: 'string' },
    yes: { type: 'boolean' },
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

/** The flags, and a person's answers to what they leave open. A wrong flag is refused before the first question. */
async function choices(values, given) {
  const chosen = {
    name: given === undefined ? undefined : await readName(given),
    js: values.js,
    features: values.with === undefined ? undefined : readFeatures(values.with),
  };
  if (values.yes || !process.stdin.isTTY || !process.stdout.isTTY)
    return { ...chosen, name: chosen.name ?? (await readName()), features: chosen.features ?? [] };
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl+C and Ctrl+D.
  terminal.once('close', () => process.exit(130));
  chosen.name ??= await ask(terminal, 'Name of the plugin: ', readName);
  chosen.js ??= await ask(terminal, 'TypeScript or JavaScript? (ts) ', readLanguage);
  chosen.features ??= await ask(terminal, `Which of ${FEATURES.join(', ')}, or all? (none) `, readFeatures);
  terminal.removeAllListeners('close');
  terminal.close();
  return chosen;
}

/** Asks again until `read` accepts the answer. */
async function ask(terminal, question, read) {
  for (;;) {
    const answer = await terminal.question(question);
    try {
      return await read(answer);
    } catch (error) {
      process.stdout.write(`${error.message}\n`);
    }
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

/** True for JavaScript. */
function readLanguage(given) {
  const word = given.trim().toLowerCase();
  if (['', 'ts', 'typescript'].includes(word)) return false;
  if (['js', 'javascript'].includes(word)) return true;
  throw new Refusal('Answer ts or js.');
}

function readFeatures(given) {
  const words = given.split(/[\s,]+/).filter((word) => word !== '' && word !== 'none');
  const unknown = words.find((word) => word !== 'all' && !FEATURES.includes(word));
  if (unknown !== undefined)
    throw new Refusal(`There is no feature ${JSON.stringify(unknown)}: choose from ${FEATURES.join(', ')}, or all.`);
  return FEATURES.filter((feature) => words.includes(feature) || words.includes('all'));
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

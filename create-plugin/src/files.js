// The files of a new plugin, as text.
import { readFileSync } from 'node:fs';

const { version, engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The ranges that this version is tested with. */
const OURS = `^${version}`;
const RANGES = {
  // Version 13 contains its binaries, and crashes a Node without Node-API 10; version 12 aborts Node 24.19 and newer.
  'better-sqlite3': Number(process.versions.napi) >= 10 ? '^13.2.0' : '^12.11.1',
  '@types/node': '^20.19.0',
  hono: '^4.13.19',
  kysely: '^0.28.19 || ^0.29.9',
  tsx: '^4.23.0',
  tsyringe: '^4.10.0',
  typescript: '~6.0.3',
  vitest: '~4.1.12',
  zod: '^4.6.7',
};

/** Maps each path to its text. */
export function filesOf({ name, typescript }) {
  const plugin = {
    name,
    typescript,
    ext: typescript ? 'ts' : 'js',
    title: name.replaceAll('-', ' ').replace(/^./, (letter) => letter.toUpperCase()),
    type: name.replaceAll('-', '_'),
  };
  const { ext } = plugin;
  return {
    'package.json': json(manifest(plugin)),
    ...(typescript ? { 'tsconfig.json': tsconfig(TSCONFIG), 'tsconfig.build.json': tsconfig(TSCONFIG_BUILD) } : {}),
    [`src/index.${ext}`]: code(plugin),
    [`src/index.test.${ext}`]: testCode(plugin),
    [`jobs.config.${ext}`]: config(plugin),
    'dev.js': DEV,
    'README.md': readme(plugin),
    '.gitignore': 'node_modules/\n.yarn/\n.pnp.*\ndist/\ndata/\n*.tgz\n',
  };
}

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
/** With each list on one line, as formatters write it. */
const tsconfig = (value) =>
  json(value).replace(/\[[^\]]*\]/g, (list) => list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'));
const pick = (...names) => Object.fromEntries(names.map((name) => [name, RANGES[name] ?? OURS]));

function manifest({ name, typescript, type }) {
  return {
    name: `phraseworks-plugin-${name}`,
    version: '0.1.0',
    description: 'A plugin for PhraseWorks Jobs.',
    keywords: ['phraseworks', 'phraseworks-plugin'],
    license: 'UNLICENSED',
    type: 'module',
    engines,
    exports: {
      '.': typescript ? { types: './dist/index.d.ts', default: './dist/index.js' } : './src/index.js',
      './package.json': './package.json',
    },
    files: typescript ? ['dist'] : ['src', '!**/*.test.js'],
    scripts: {
      dev: `tsx watch dev.js start --example ${type}`,
      test: 'vitest run',
      ...(typescript ? { build: 'tsc && tsc -p tsconfig.build.json', prepack: 'npm run build' } : {}),
    },
    dependencies: pick('zod'),
    peerDependencies: pick('@phraseworks/sdk'),
    devDependencies: pick(
      '@phraseworks/cli',
      '@phraseworks/jobs',
      '@phraseworks/plugin-dashboard',
      '@phraseworks/plugin-sign-in',
      '@phraseworks/sdk',
      '@phraseworks/testing',
      ...(typescript ? ['@types/node'] : []),
      'better-sqlite3',
      'hono',
      'kysely',
      'tsx',
      'tsyringe',
      ...(typescript ? ['typescript'] : []),
      'vitest',
    ),
    // For npm, pnpm and Yarn, which run no scripts of packages by themselves.
    allowScripts: { 'better-sqlite3': true, esbuild: true },
    pnpm: { onlyBuiltDependencies: ['better-sqlite3', 'esbuild'] },
    dependenciesMeta: { 'better-sqlite3': { built: true }, esbuild: { built: true } },
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    rewriteRelativeImportExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['src', 'jobs.config.ts'],
};

const TSCONFIG_BUILD = {
  extends: './tsconfig.json',
  compilerOptions: { noEmit: false, declaration: true, rootDir: 'src', outDir: 'dist' },
  include: ['src'],
  exclude: ['src/**/*.test.ts'],
};

const code = ({ name, title, type }) => `import { defineJob, definePlugin } from '@phraseworks/sdk';
import { z } from 'zod';

const greet = defineJob({
  type: '${type}',
  data: z.object({ name: z.string().min(1).max(100) }),
  example: { name: 'Ada' },
  run({ name }) {
    const text = \`Hello \${name}\`;
    return { success: true, result: { text }, message: text };
  },
});

export default definePlugin({
  name: '${name}',
  title: '${title}',
  sdk: '${OURS}',
  init(ctx) {
    ctx.registerProcessor(greet);
  },
});
`;

function testCode({ name, ext, type, typescript }) {
  const open = `await createTestJobs({ plugins: { ${key(name)}: { use: plugin } } })`;
  const start = typescript
    ? `  await using jobs = ${open};\n`
    : `  const jobs = ${open};\n  onTestFinished(() => jobs.stop());\n`;
  return `import { createTestJobs, pluginContract } from '@phraseworks/testing';
import { expect, ${typescript ? '' : 'onTestFinished, '}test } from 'vitest';
import plugin from './index.${ext}';

pluginContract(plugin);

test('it greets by name', async () => {
${start}  const job = await jobs.perform('${type}', { name: 'Ada' });
  expect(job).toMatchObject({ outcome: 'completed', result: { text: 'Hello Ada' } });
});
`;
}

const key = (name) => (/^\w+$/.test(name) ? name : `'${name}'`);

const config = ({ name, ext }) => `// The site of \`npm run dev\`.
import { defineConfig } from '@phraseworks/jobs';

export default defineConfig({
  database: 'sqlite:data/dev.db',
  plugins: { 'sign-in': true, dashboard: true, ${key(name)}: { use: './src/index.${ext}' } },
});
`;

/** The command line by its package, since Plug'n'Play has no folder node_modules. */
const DEV = `// The command of \`npm run dev\`.
await import(new URL('../bin/phraseworks-jobs.js', import.meta.resolve('@phraseworks/cli')).href);
`;

const readme = ({ name, title, typescript, type }) => `# phraseworks-plugin-${name}

${title}, a plugin for PhraseWorks Jobs. It adds the job type \`${type}\`.

\`\`\`sh
npm install phraseworks-plugin-${name}
\`\`\`

Enable it in \`jobs.config.ts\`:

\`\`\`ts
export default defineConfig({ plugins: { ${key(name)}: true } });
\`\`\`

## Development

- \`npm run dev\` runs a site with this plugin and the dashboard, adds an example job, and restarts when you save.
- \`npm test\` runs the tests, and the contract that every plugin should pass.
${typescript ? '- `npm run build` checks the types, and compiles to `dist`.\n' : ''}
\`npm run dev\` keeps its database in \`data/\`. Delete that folder to start afresh.

## Publishing

1. Choose a licence: put its name into \`license\` in \`package.json\`, and its text into a file \`LICENSE\`.
2. Describe the plugin in \`description\` and here.
3. \`npm pack --dry-run\` lists what would be published. \`npm publish\` publishes it.
`;

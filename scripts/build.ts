// Builds the packages as published, whichever there are, each into its `dist`.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { packagesOf } from './packages.ts';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const projects = packagesOf('.').map((folder) => `${folder}/tsconfig.build.json`);
const { status } = spawnSync(process.execPath, [tsc, '-b', ...projects], { stdio: 'inherit' });
process.exitCode = status ?? 1;

// Builds what browsers load: runs the `scripts/bundle.mjs` of each plugin that has one. Runs after `npm install` and with the build.
import { existsSync, readdirSync } from 'node:fs';

const plugins = new URL('../plugins/', import.meta.url);

for (const name of readdirSync(plugins)) {
  const script = new URL(`${name}/scripts/bundle.mjs`, plugins);
  if (!existsSync(script)) continue;
  const { make, most } = await import(script);
  const bytes = await make();
  console.log(`${name}: ${(bytes / 1_000).toFixed(1)} kB after gzip, at most ${most / 1_000} kB`);
  if (bytes > most) process.exitCode = 1;
}

// Runs after `npm install`: the lock file holds better-sqlite3 12, which Node 20 needs and which can abort Node 24.19 and newer
// (https://github.com/nodejs/node/issues/65446). Version 13 needs Node-API 10: where Node has that, it takes the place of 12.
// Delete this file, and its line in package.json, with the support of Node 20.
import { spawnSync } from 'node:child_process';

const NEWER = 'better-sqlite3@^13.2.0';

if (Number(process.versions.napi) >= 10) {
  const install = ['install', '--no-save', '--no-audit', '--no-fund', NEWER];
  const npm = process.env.npm_execpath;
  console.log(`Node ${process.version} can have a newer better-sqlite3: npm ${install.join(' ')}`);
  const { status } = npm?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [npm, ...install], { stdio: 'inherit' })
    : spawnSync('npm', install, { stdio: 'inherit', shell: true });
  if (status !== 0) {
    console.error(
      `better-sqlite3 13 could not be installed. Version 12 is there, which can abort Node ${process.version}: ` +
        `run npm install --no-save ${NEWER} when the registry can be reached.`,
    );
  }
}

// Runs after `npm install`: better-sqlite3 13, which the lock file holds, crashes Node before 22.14, so those get version 12.
// Delete this file, and its line in package.json, with the support of Node 20.
import { spawnSync } from 'node:child_process';

const OLDER = 'better-sqlite3@^12.11.1';

if (Number(process.versions.napi) < 10) {
  const install = ['install', '--no-save', '--no-audit', '--no-fund', OLDER];
  const npm = process.env.npm_execpath;
  console.log(`Node ${process.version} needs an older better-sqlite3: npm ${install.join(' ')}`);
  const { status } = npm?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [npm, ...install], { stdio: 'inherit' })
    : spawnSync('npm', install, { stdio: 'inherit', shell: true });
  if (status !== 0) {
    console.error(
      `better-sqlite3 12 could not be installed, so SQLite does not start on Node ${process.version}. ` +
        `Install Node 22.14 or newer, or run: npm install --no-save ${OLDER}`,
    );
  }
}

// Runs after `npm install`: better-sqlite3 12, which Node 20 needs, can abort Node 24.19 and newer (https://github.com/nodejs/node/issues/65446).
// Version 13 needs Node-API 10: where Node has that, it takes the place of 12. The lock file holds both, the newer one as `better-sqlite3-13`.
// Delete this file, and the lines in package.json that name it and that package, with the support of Node 20.
import { cpSync, existsSync, rmSync } from 'node:fs';

const OLDER = new URL('../node_modules/better-sqlite3', import.meta.url);
const NEWER = new URL('../node_modules/better-sqlite3-13', import.meta.url);

if (Number(process.versions.napi) >= 10) {
  if (existsSync(NEWER)) {
    rmSync(OLDER, { recursive: true, force: true });
    cpSync(NEWER, OLDER, { recursive: true });
  } else {
    console.error(
      `better-sqlite3-13 is not installed. Version 12 is there, which can abort Node ${process.version}: run npm install without --omit=optional.`,
    );
  }
}

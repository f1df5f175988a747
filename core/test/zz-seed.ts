import { fillDatabase } from '/work/main/core/test/move-rig.ts';
import { openDatabase } from '/work/main/core/src/db/open.ts';
import { systemClock, systemRandom } from '/work/main/core/src/clock.ts';
const [url = '', n = '1000'] = process.argv.slice(2);
const db = await openDatabase(url, systemClock, systemRandom);
await fillDatabase(db, Number(n));
await db.close();

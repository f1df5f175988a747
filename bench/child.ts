// One measurement in a process of its own: `child.js SIDE CASE JOBS TARGET`; prints one line of JSON.
import { CASES, WORKS } from './cases.ts';
import { countLeft, readDurability } from './left.ts';
import { makeSide } from './sides/all.ts';

const [sideName = '', caseName = '', count = '', target = ''] = process.argv.slice(2);
const test = CASES.find((one) => one.name === caseName);
if (!test) throw new Error('there is no such case');
const jobs = Number(count);
const side = await makeSide(sideName);
const durability = await readDurability(target, await side.open(target));
if (durability !== 'full') throw new Error(`${sideName} does not wait for the disk: ${durability}`);
const figure = await test.run(side, jobs);
await side.stop();
const { left, total } = await countLeft(sideName, target);
const expected = WORKS.has(caseName) ? 0 : jobs;
if (sideName !== 'liteque' && total !== jobs)
  throw new Error(`${sideName}, ${caseName}: ${total} rows for ${jobs} jobs`);
// If a peer loses a settlement, its figure says so; if ours does, it is an error.
if (left !== expected && !sideName.startsWith('serenis'))
  throw new Error(`${sideName}, ${caseName}: ${left} rows are left of ${jobs} jobs`);
const more = left === expected ? figure.more : { ...figure.more, 'left unsettled': left - expected };
process.stdout.write(`${JSON.stringify({ ...figure, more, durability })}\n`);
process.exit(0);

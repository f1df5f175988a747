// A process that moves one database into another and is meant to be killed: `move-child.ts SOURCE TARGET`. It prints each batch.
import { moveOver, open } from '../move-rig.ts';

const [from = '', to = ''] = process.argv.slice(2);
const source = await open(from);
const target = await open(to);
const { complete } = await moveOver(source, target, undefined, ({ phase, table, rows }) => {
  process.stdout.write(`${phase} ${table} ${rows}\n`);
});
process.stdout.write(complete ? 'complete\n' : 'different\n');
await source.close();
await target.close();

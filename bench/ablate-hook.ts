// Loaded before a measurement: `BENCH_WITHOUT` names the mechanism to remove from the built core.
import { register } from 'node:module';
import { MECHANISMS } from './mechanisms.ts';

const name = process.env.BENCH_WITHOUT;
const mechanism = MECHANISMS.find((one) => one.name === name);
if (!mechanism) throw new Error(`there is no such mechanism: ${name}`);
register('./ablate-load.js', import.meta.url, { data: mechanism.without });

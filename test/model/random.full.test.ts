// Random sequences of what users, hosts and machines do, compared with the model after each step. CONTRIBUTING.md says how to run one again.
import { expect, test } from 'vitest';
import { onMysql } from '../../testing/src/test-database.ts';
import { Chance } from './chance.ts';
import { type Sequence, sequenceOf } from './operations.ts';
import { type Failure, run } from './sequence.ts';
import { shrink } from './shrink.ts';

const { JOBS_MODEL_SEED: given, JOBS_MODEL_SECONDS: wanted } = process.env;
const seconds = Number(wanted ?? 60);
/** Seconds to shorten a sequence that fails. */
const SHRINKING = 120;
/** Operations in a sequence. */
const LENGTH = 30;

/** A failure without its numbers, so that a shorter sequence fails alike. */
const kindOf = (failure: Failure | null): string | undefined =>
  failure?.message.split(':')[0]?.replaceAll(/-?\d+/g, '');

async function shortest(sequence: Sequence, failure: Failure): Promise<Sequence> {
  const end = performance.now() + SHRINKING * 1_000;
  const failing = { ...sequence, operations: sequence.operations.slice(0, failure.step + 1) };
  const fails = async (shorter: Sequence): Promise<boolean> => kindOf(await run(shorter)) === kindOf(failure);
  return shrink(failing, fails, () => performance.now() > end);
}

const text = ({ slots, operations }: Sequence): string =>
  [`${slots} slots`, ...operations.map((operation) => JSON.stringify(operation))].join('\n');

test(
  'whatever users, hosts and machines do, the job system shows what the model says',
  async () => {
    const end = performance.now() + seconds * 1_000;
    // The same ones each time unless asked, so that a red run is the fault of its change.
    let seed = given === undefined ? 1 : given === 'random' ? Date.now() : Number(given);
    const goesOn = given === undefined || wanted !== undefined;
    for (let n = 1; n === 1 || (goesOn && performance.now() < end); n += 1, seed += 1) {
      const sequence = sequenceOf(new Chance(seed), LENGTH);
      const failure = await run(sequence);
      if (failure === null) continue;
      const again = `JOBS_TEST_FULL=1 JOBS_MODEL_SEED=${seed} npx vitest run test/model --project ${onMysql() ? 'mariadb' : 'sqlite'}`;
      const short = text(await shortest(sequence, failure));
      expect.fail(`${failure.message}\n\nSequence ${n} with this seed fails: ${again}\nShortened:\n\n${short}`);
    }
  },
  (seconds + SHRINKING + 60) * 1_000,
);

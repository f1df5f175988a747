// Random sequences of what users, hosts and machines do, compared with the model after each step. CONTRIBUTING.md says how to run one again.
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { onMysql } from '../../testing/src/test-database.ts';
import { Chance } from './chance.ts';
import { SequenceDatabase } from './database.ts';
import { type Sequence, sequenceOf } from './operations.ts';
import { type Failure, run } from './sequence.ts';
import { shrink } from './shrink.ts';

const { JOBS_MODEL_SEED: given, JOBS_MODEL_SECONDS: wanted } = process.env;
/** On a server, a sequence takes several times as long. */
const seconds = Number(wanted ?? (onMysql() ? 50 : 70));
const goesOn = given === undefined || given === 'random' || wanted !== undefined;
/** The first seed of every run in CI, so that a failure there belongs to the change; `random` looks for new ones. */
const SAME = 957_462_975;
/** Seconds to shorten a sequence that fails. */
const SHRINKING = 120;
/** Operations in a sequence. */
const LENGTH = 15;

/** A failure without its numbers, so that a shorter sequence fails alike. */
const kindOf = (failure: Failure | null): string | undefined =>
  failure?.message.split(':')[0]?.replaceAll(/-?\d+/g, '');

/** A sequence that failed leaves a database behind that others cannot use. */
async function runApart(sequence: Sequence): Promise<Failure | null> {
  await using database = await SequenceDatabase.open();
  return run(database, sequence);
}

async function shortest(sequence: Sequence, failure: Failure): Promise<Sequence> {
  const end = performance.now() + SHRINKING * 1_000;
  const failing = { ...sequence, operations: sequence.operations.slice(0, failure.step + 1) };
  const fails = async (shorter: Sequence): Promise<boolean> => kindOf(await runApart(shorter)) === kindOf(failure);
  return shrink(failing, fails, () => performance.now() > end);
}

const text = ({ slots, operations }: Sequence): string =>
  [`${slots} slots`, ...operations.map((operation) => JSON.stringify(operation))].join('\n');

test(
  'whatever users, hosts and machines do, the job system shows what the model says',
  async () => {
    const end = performance.now() + seconds * 1_000;
    const first = given === 'random' ? randomInt(1_000_000_000) : Number(given ?? SAME);
    let seed = first;
    await using database = await SequenceDatabase.open();
    do {
      const sequence = sequenceOf(new Chance(seed), LENGTH);
      const failure = await run(database, sequence);
      if (failure) {
        const again = `JOBS_MODEL_SEED=${seed} npx vitest run test/model/random.test.ts --project ${onMysql() ? 'mariadb' : 'sqlite'}`;
        const short = text(await shortest(sequence, failure));
        expect.fail(`${failure.message}\n\nThe sequence of the seed ${seed} fails: ${again}\nShortened:\n\n${short}`);
      }
      seed += 1;
    } while (goesOn && performance.now() < end);
    console.log(`The sequences of the seeds ${first} to ${seed - 1} passed.`);
  },
  (seconds + SHRINKING + 60) * 1_000,
);

// The schedules of the configuration: saved at each start, and removed when the configuration no longer has them.
import { type FieldError, JobsError, type Schedule } from '@phraseworks/sdk';
import { readDeclaration } from './declaration.ts';
import type { Schedules } from './schedules.ts';

/** Throws `INVALID_CONFIG` with the mistakes of all of them, by their place: `schedules[0].schedule`. */
export async function declareConfigured(schedules: Schedules, list: readonly Schedule[]): Promise<void> {
  const { names, errors } = await readEach(list, (schedule) => schedules.save(null, schedule));
  if (errors.length > 0) {
    const text = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
    throw new JobsError('INVALID_CONFIG', `The configuration is not valid: ${text}`, { errors });
  }
  await schedules.keepOnly(null, names);
}

/** The same mistakes without a start; nothing is stored, and no plugin looks at their data. */
export const mistakesIn = async (list: readonly Schedule[], now: number): Promise<FieldError[]> =>
  (await readEach(list, (schedule) => readDeclaration(schedule, now, () => {}))).errors;

async function readEach(
  list: readonly Schedule[],
  read: (schedule: Schedule) => Promise<{ name: string }>,
): Promise<{ names: string[]; errors: FieldError[] }> {
  const errors: FieldError[] = [];
  const names: string[] = [];
  for (const [index, schedule] of list.entries()) {
    const at = `schedules[${index}]`;
    try {
      const { name } = await read(schedule);
      if (names.includes(name)) errors.push({ path: `${at}.name`, message: 'is there twice' });
      names.push(name);
    } catch (error) {
      if (!(error instanceof JobsError)) throw error;
      if (error.code === 'UNAVAILABLE') throw error;
      const found = error.errors.length > 0 ? error.errors : [{ path: '', message: error.message }];
      errors.push(...found.map(({ path, message }) => ({ path: path === '' ? at : `${at}.${path}`, message })));
    }
  }
  return { names, errors };
}

// What is wrong with the schedules of a configuration, as a start would say it; nothing is stored, and no plugin looks at their data.
import { type FieldError, JobsError, type Schedule } from '@phraseworks/sdk';
import { readDeclaration } from '../scheduler/declaration.ts';

/** By their place: `schedules[0].schedule`. */
export async function scheduleMistakes(list: readonly Schedule[], now: number): Promise<FieldError[]> {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, schedule] of list.entries()) {
    const at = `schedules[${index}]`;
    try {
      const { name } = await readDeclaration(schedule, now, () => {});
      if (names.has(name)) errors.push({ path: `${at}.name`, message: 'is there twice' });
      names.add(name);
    } catch (error) {
      if (!(error instanceof JobsError)) throw error;
      const found = error.errors.length > 0 ? error.errors : [{ path: '', message: error.message }];
      errors.push(...found.map(({ path, message }) => ({ path: path === '' ? at : `${at}.${path}`, message })));
    }
  }
  return errors;
}

// A cron expression in words, on the server and while it is typed.
import cronstrue from 'cronstrue';

/** `FRI#L` and `1-5#2`: the scheduler knows them, the library describes them wrongly or not at all. */
const NOT_DESCRIBED = /#L|-\w+#/i;

/** `At 09:00, Monday through Friday`; empty for an expression that has no words. */
export function patternText(expression: string): string {
  if (NOT_DESCRIBED.test(expression)) return '';
  try {
    return cronstrue.toString(expression, { use24HourTimeFormat: true });
  } catch {
    return '';
  }
}

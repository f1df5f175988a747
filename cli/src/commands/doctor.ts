// `doctor`: prints what is wrong with the machine, the database and the work, and what to do.
import { defineCommand } from '../command.ts';
import { type Check, examine } from '../doctor.ts';
import type { Style } from '../output.ts';

const STYLES: Record<Check['state'], Style> = { ok: 'green', warn: 'yellow', fail: 'red' };

export const doctor = defineCommand({
  usage: [''],
  about: 'It exits with 1 if something fails; warnings alone do not make it fail.',
  example: 'doctor',
  options: {},
  takes: { least: 0, most: 0 },
  async run(call) {
    const { out } = call;
    const checks: Check[] = [];
    for await (const found of examine(call)) {
      checks.push(found);
      const { check, state, says, advice } = found;
      out.line(`${out.style(STYLES[state], state.padEnd(4))}  ${check.padEnd(14)}  ${says}`);
      if (advice !== undefined) out.line(`${' '.repeat(22)}${advice}`);
    }
    const failed = checks.filter(({ state }) => state === 'fail').length;
    const warned = checks.filter(({ state }) => state === 'warn').length;
    out.data({ ok: failed === 0, checks });
    out.line('');
    out.line(`${checks.length} checks: ${failed} failed, ${warned} to look at.`);
    return failed === 0 ? 0 : 1;
  },
});

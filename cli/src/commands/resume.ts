// `resume`: lets the jobs of a paused type or lane run again, in their order, and the schedules that were paused with it.
import { oneOf } from '../arguments.ts';
import { defineCommand } from '../command.ts';

export const resume = defineCommand({
  usage: ['type NAME', 'lane NAME'],
  about: 'Schedules that were paused before it stay so.',
  example: 'resume type email',
  options: {},
  takes: { least: 2, most: 2 },
  async run({ args, out, open }) {
    const [word = '', name = ''] = args;
    const kind = oneOf(word, 'What is resumed', ['type', 'lane']) ?? 'type';
    const client = await open();
    await client.pauses.resume(kind, name);
    await client.note('resume', `${kind}/${name}`);
    out.answer({ resumed: { kind, name } }, () => out.line(`The ${kind} ${name} goes on`));
    return 0;
  },
});

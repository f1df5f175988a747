// `pause`: keeps the jobs of a type or a lane waiting, in all processes and over restarts.
import { oneOf } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { commandLineUser } from '../os-user.ts';

export const pause = defineCommand({
  usage: ['type NAME', 'lane NAME', '(type|lane) NAME --keep-schedules'],
  about:
    'What runs ends; what waits and what comes is kept, and running processes follow within two seconds. The lane image stands for image/resize, too.',
  example: 'pause type email',
  options: {
    'keep-schedules': { type: 'boolean', about: 'let the schedules that add to it go on' },
  },
  takes: { least: 2, most: 2 },
  async run({ args, values, out, open }) {
    const [word = '', name = ''] = args;
    const kind = oneOf(word, 'What is paused', ['type', 'lane']) ?? 'type';
    const client = await open();
    const schedules = !values['keep-schedules'];
    const made = await client.pauses.pause({ kind, name, schedules, by: commandLineUser() });
    await client.note('pause', `${kind}/${name}`);
    out.answer({ pause: made }, () => {
      out.line(`The ${kind} ${name} is paused: ${made.jobs === 1 ? '1 job waits' : `${made.jobs} jobs wait`}`);
      if (made.schedules.length > 0) out.line(`Paused with it: ${made.schedules.join(', ')}`);
    });
    return 0;
  },
});

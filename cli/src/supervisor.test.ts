// The supervisor with real processes and a manual clock.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createLogger } from '@phraseworks/jobs/internals/base';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../../testing/src/manual-clock.ts';
import { Supervisor, workersOption } from './supervisor.ts';

const DEAF = "process.send({ ready: 'deaf' });process.on('message', () => {});";
const SILENT = 'setInterval(() => {}, 1000);';

function open(count: number, code: string) {
  const clock = new ManualClock();
  const children: ChildProcess[] = [];
  const logged: string[] = [];
  const freed: [node: string | undefined, wasTold: boolean][] = [];
  const supervisor = new Supervisor({
    count,
    fork: () => {
      const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      children.push(child);
      return child;
    },
    free: async (node, wasTold) => {
      freed.push([node, wasTold]);
    },
    clock,
    log: createLogger('debug', (line) => logged.push(line)),
  });
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  supervisor.start();
  return { clock, children, logged, supervisor, freed };
}

test('a process that takes long to start is left alone', async () => {
  const { clock, children, logged } = open(2, SILENT);
  await clock.advance(600_000);
  expect(children).toHaveLength(2);
  expect([children.some(({ killed }) => killed), logged]).toEqual([false, []]);
});

test('a process that does not end in time is killed, and its jobs are released', async () => {
  const { supervisor, children, clock, freed } = open(1, DEAF);
  await once(children[0] as ChildProcess, 'message');
  const stopped = supervisor.stop(10_000);
  await clock.advance(10_000);
  await stopped;
  expect(children.map((child) => child.signalCode)).toEqual(['SIGKILL']);
  expect(freed).toEqual([['deaf', true]]);
});

test('a process that cannot be started for lack of memory is tried again, less and less often', async () => {
  const clock = new ManualClock();
  const logged: string[] = [];
  let tries = 0;
  const supervisor = new Supervisor({
    count: 1,
    fork: () => {
      tries += 1;
      throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
    },
    free: async () => {},
    clock,
    log: createLogger('debug', (line) => logged.push(line)),
  });
  supervisor.start();
  await clock.advance(1);
  await clock.advance(500);
  expect(tries).toBe(3);
  expect(logged).toEqual([
    'warn  Worker process 1 cannot be started (ENOMEM): the next one starts now.',
    'warn  Worker process 1 cannot be started (ENOMEM): the next one starts in 500 ms.',
    'warn  Worker process 1 cannot be started (ENOMEM): the next one starts in 1000 ms.',
  ]);
  await supervisor.stop(10);
});

test.each([[['--workers']], [['--workers', 'x']], [['--workers=']], [['--workers', '-1']], [['--workers', '65']]])(
  '%j is refused',
  (args) => {
    expect(() => workersOption(args)).toThrow('--workers must be a whole number from 0 to 64');
  },
);

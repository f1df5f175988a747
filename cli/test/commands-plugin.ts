// Commands for tests of the command line: one that counts, one that asks first, one that waits for its signal, and some that fail.
import { definePlugin, Jobs } from '@phraseworks/sdk';

export default definePlugin({
  name: 'shelf',
  version: '1.0.0',
  needs: { jobs: Jobs },
  init(ctx) {
    ctx.registerProcessor('dust', () => ({ success: true }));
    ctx.command({
      name: 'count-books',
      summary: 'count the books',
      usage: '[SHELF...] [--from N]',
      options: {
        from: { type: 'string', short: 'f', description: 'the number to begin with' },
        loud: { type: 'boolean', description: 'say more' },
      },
      run: ({ positionals, options }, io) => {
        for (let n = 0; n <= 40; n += 1) io.progress(n / 40, 'counting');
        const books = Number(options.from ?? 0) + positionals.length;
        if (options.loud) io.err('that was all');
        io.out(io.json ? JSON.stringify({ books, terminal: io.isTerminal }) : `${books} books`);
      },
    });
    ctx.command({
      name: 'burn',
      summary: 'burn the books',
      usage: 'burn',
      run: async (_args, io) => {
        if (!(await io.confirm('Burn all books?'))) return 4;
        const { id } = await ctx.addJob({ type: 'dust', data: {} });
        io.out(`burnt, see job ${id}`);
      },
    });
    ctx.command({
      name: 'read-on',
      summary: 'read until it is stopped',
      usage: '',
      run: (_args, io) =>
        new Promise((_, reject) => {
          io.signal.addEventListener('abort', () => reject(io.signal.reason));
          io.out('reading');
          ctx.clock.after(600_000, () => io.out('the end'));
        }),
    });
    ctx.command({
      name: 'fail',
      summary: 'fail in the way that is asked for',
      usage: 'WAY',
      run: async ({ positionals: [way] }) => {
        if (way === 'code') return 7;
        if (way === 'nonsense') return 1.5;
        if (way === 'mistake') throw new TypeError('shelf is not a function');
        if (way === 'fire') throw Object.assign(new Error('the shelf burns'), { code: 'TOO_HOT' });
        if (way === 'site') return 10 + (await ctx.needs.jobs.list('system')).jobs.length;
        throw new Error('the shelf is locked');
      },
    });
  },
});

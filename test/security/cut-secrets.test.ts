// Texts that are too long are cut. A secret that the cut would split is masked first, so that `view` sees no part of it.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const SECRET = 'mysql://ada:PASSWORD@db.example/site';

test.each([190, 200, 4_096, 16_384])(
  'a password across character %i of an error, reason, message or summary is hidden',
  async (at) => {
    await using jobs = await createTestJobs({ authorize: (_c, action) => action === 'view' });
    const text = `${'x '.repeat(at).slice(0, at - 16)} ${SECRET} ${'y '.repeat(1_000)}`;
    jobs.registerProcessor('fails', async () => Promise.reject(new Error(text)), {
      maxRetries: 0,
      summary: () => text,
    });
    jobs.registerProcessor('works', async () => ({ success: true, message: text }), { summary: () => text });
    const added = await Promise.all(['fails', 'works'].map((type) => jobs.addJob({ type, data: {} })));
    await jobs.idle();
    const paths = ['/api/jobs', '/api/failures'];
    for (const { id } of added)
      for (const part of ['', '/history', '/logs', '/why']) paths.push(`/api/jobs/${id}${part}`);
    for (const path of paths) {
      const answer = await jobs.request(path);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(await answer.text()).not.toContain('PASS');
    }
  },
);

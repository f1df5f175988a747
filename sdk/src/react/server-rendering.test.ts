// Rendering on a server: no request is sent, and the markup is what the browser starts with.
import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { createClient } from '../client/index.ts';
import { JobsProvider, useConnection, useJob, useJobs, useQueueMetrics, useUpload } from './index.ts';

function Everything(): ReactNode {
  const all = [useJob('a'), useJob(null), useJobs(), useQueueMetrics(), useUpload('email'), useConnection()];
  return JSON.stringify(all);
}

test('without a window the hooks return their initial values and send no request', () => {
  expect(globalThis).not.toHaveProperty('window');
  const asked: unknown[] = [];
  const fetch = async (...request: unknown[]): Promise<Response> => {
    asked.push(request);
    return Response.json({});
  };
  const client = createClient({ fetch });
  const page = () => renderToString(createElement(JobsProvider, { client }, createElement(Everything)));
  const html = page();
  expect(page()).toBe(html);
  expect(JSON.parse(html.replaceAll('&quot;', '"'))).toEqual([
    { job: null, loading: true, error: null },
    { job: null, loading: false, error: null },
    { jobs: [], nextCursor: null, loading: true, error: null },
    { metrics: null, loading: true, error: null },
    { status: 'idle', progress: { upload: 0, job: 0 }, job: null, error: null },
    'reconnecting',
  ]);
  expect(asked).toEqual([]);
});

test('without a provider the default client is used', () => {
  expect(renderToString(createElement(Everything))).toContain('reconnecting');
});

// The plugin's routes in a Hono app of their own, answering its errors as the host does.

import type { PluginApp } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import { Hono } from 'hono';

const STATUS: Record<string, number> = { INVALID_DATA: 400, NOT_FOUND: 404 };

export function testApp(): PluginApp {
  const app: PluginApp = new Hono();
  app.onError((error) => {
    if (!(error instanceof JobsError)) throw error;
    return Response.json({ code: error.code, detail: error.message }, { status: STATUS[error.code] ?? 500 });
  });
  return app;
}

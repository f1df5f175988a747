// Shows visitors what the image plugin made: the files below its root, and nothing but pictures.
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

/** `root` counts from the working directory, as the plugin's own does. */
export function pictureRoutes(root: string): Hono {
  const app = new Hono();
  app.get('/*', async (c, next) => {
    await next();
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Content-Security-Policy', "default-src 'none'; sandbox");
  });
  app.get('/:path{.+\\.(?:jpe?g|png|webp|avif|gif)}', (c, next) => {
    const path = c.req.param('path');
    // A path that is given to it is not checked by serveStatic: `..%2f` would lead out of the root.
    return /(^|[\\/])\.\.([\\/]|$)/.test(path) ? next() : serveStatic({ root, path })(c, next);
  });
  return app;
}

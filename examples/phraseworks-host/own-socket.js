// The CMS's own WebSocket: keyed by clientId, on a path of its own beside that of the jobs.
import { WebSocketServer } from 'ws';

const PATH = '/ws';

export function attachOwnSocket(server) {
  // With `{ server, path }` in place of `noServer`, ws would refuse the upgrades of everybody else.
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname !== PATH) return;
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.send(JSON.stringify({ type: 'welcome', clientId: url.searchParams.get('clientId') }));
    });
  });
}

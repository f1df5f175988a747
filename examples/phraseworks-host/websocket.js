// The CMS's own WebSocket: a server on a port of its own, with its clients by their id.
import { WebSocketServer } from 'ws';

export const connectedClients = new Map();

export function createWebSocketServer(port) {
  const server = new WebSocketServer({ port });
  server.on('connection', (socket, request) => {
    // Without a listener, a client that breaks the protocol ends the process. `close` follows.
    socket.on('error', (error) => console.warn('A WebSocket client failed:', error.message));
    // Not `new URL()`, which throws for an address such as `//`.
    const clientId = new URLSearchParams(request.url.split('?')[1]).get('clientId');
    if (!clientId) return;
    connectedClients.set(clientId, socket);
    socket.on('close', () => {
      // The client may have come back on another socket before this one closed.
      if (connectedClients.get(clientId) === socket) connectedClients.delete(clientId);
    });
  });
  return server;
}

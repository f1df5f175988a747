// The CMS's own WebSocket: a server on a port of its own, with its clients by their id.
import { WebSocketServer } from 'ws';

export const connectedClients = new Map();

export function createWebSocketServer(port) {
  const server = new WebSocketServer({ port });
  server.on('connection', (socket, request) => {
    const clientId = new URL(request.url, 'http://localhost').searchParams.get('clientId');
    if (!clientId) return;
    connectedClients.set(clientId, socket);
    socket.on('close', () => connectedClients.delete(clientId));
  });
  return server;
}

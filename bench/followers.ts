// WebSocket clients that follow every event, in a process of their own: `followers.js URL COUNT`.
import { WebSocket } from 'ws';

/** To the parent: all are connected; jobs of which every follower has heard that they are completed; processor time used. */
export type FromFollowers = { says: 'ready' } | { says: 'heard'; completed: number; cpu: number };

const REPORT = 10;

const [url = '', count = ''] = process.argv.slice(2);
const heard: number[] = [];
const tell = (message: FromFollowers): void => {
  process.send?.(message);
};
let open = 0;
for (let n = 0; n < Number(count); n += 1) {
  heard.push(0);
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('open', () => {
    open += 1;
    if (open === Number(count)) tell({ says: 'ready' });
  });
  socket.on('message', (message) => {
    if (String(message).includes('"job_completed"')) heard[n] = (heard[n] ?? 0) + 1;
  });
  socket.on('close', (code) => {
    throw new Error(`a follower was hung up on with code ${code}`);
  });
}
let told = 0;
setInterval(() => {
  const completed = Math.min(...heard);
  if (completed === told) return;
  told = completed;
  const { user, system } = process.cpuUsage();
  tell({ says: 'heard', completed, cpu: user + system });
}, REPORT);
process.on('disconnect', () => process.exit(0));

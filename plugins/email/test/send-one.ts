// A process that sends one mail to many and is killed on the way: `send-one.ts <database file> <smtp port> <recipients>`.

import { openDatabase } from './database.ts';
import { testMailer } from './mailer.ts';

const [file, port, count] = process.argv.slice(2);
const to = Array.from({ length: Number(count) }, (_, n) => `r${n}@x.test`);
const db = await openDatabase(file);
const { mailer } = await testMailer({ host: '127.0.0.1', port: Number(port), secure: false }, { db });
const result = await mailer.send({ to, subject: 'Hi', text: 'Hello' }, { id: 'job' });
process.send?.({ accepted: result.accepted.length });
process.disconnect?.();

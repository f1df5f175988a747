// Keeps one core busy with the time that nobody else wants, until it is ended.
import { constants, setPriority } from 'node:os';

setPriority(constants.priority.PRIORITY_LOW);
for (;;) Math.random();

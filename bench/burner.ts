// Keeps one core busy at the lowest priority until it is stopped.
import { constants, setPriority } from 'node:os';

setPriority(constants.priority.PRIORITY_LOW);
for (;;) Math.random();

// The list of engines. To add one, add a folder beside theirs and a line here.
import type { Engine } from './dialect.ts';
import { mysql } from './mysql/engine.ts';
import { sqlite } from './sqlite/engine.ts';

export const engines: readonly Engine[] = [sqlite, mysql];

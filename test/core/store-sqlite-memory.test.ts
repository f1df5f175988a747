// The store on SQLite in memory.
import { openTestDatabase } from '../../core/test/core-kit.ts';
import { storeSuite } from '../suites/store.suite.ts';

storeSuite('SQLite in memory', () => openTestDatabase());

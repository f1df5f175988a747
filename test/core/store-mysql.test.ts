// The store on MySQL or MariaDB.
import { openTestDatabase } from '../../core/test/core-kit.ts';
import { storeSuite } from '../suites/store.suite.ts';

storeSuite('MySQL or MariaDB', () => openTestDatabase());

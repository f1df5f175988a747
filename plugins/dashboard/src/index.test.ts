// The contract that every plugin passes.
import { pluginContract } from '@phraseworks/jobs/testing';
import dashboard from './index.ts';

pluginContract(dashboard);

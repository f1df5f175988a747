// The contract of plugins, held by those that are shipped and by a plain module as the specification writes it.
import { pluginContract } from '@phraseworks/jobs/testing';
import dashboard from '@phraseworks/plugin-dashboard';
import email from '@phraseworks/plugin-email';
import image from '@phraseworks/plugin-image';
import * as tasks from '../support/plugin-module.ts';

pluginContract(dashboard);
pluginContract(email, { config: { mailbox: { port: 0 } } });
pluginContract(image, { config: { root: 'nothing-is-written-here' } });
pluginContract(tasks);

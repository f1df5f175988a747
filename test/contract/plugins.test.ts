// The contract of plugins, held by those that are shipped and by a plain module as the specification writes it.

import alerts from '@phraseworks/plugin-alerts';
import backup from '@phraseworks/plugin-backup';
import cleanup from '@phraseworks/plugin-cleanup';
import dashboard from '@phraseworks/plugin-dashboard';
import email from '@phraseworks/plugin-email';
import image from '@phraseworks/plugin-image';
import metrics from '@phraseworks/plugin-metrics';
import report from '@phraseworks/plugin-report';
import { pluginContract } from '@phraseworks/testing';
import * as tasks from '../support/plugin-module.ts';

pluginContract(dashboard);
pluginContract(alerts);
pluginContract(email, { config: { mailbox: { port: 0 } } });
pluginContract(image, { config: { root: 'nothing-is-written-here' } });
pluginContract(backup, { config: { folder: 'nothing-is-written-here' } });
pluginContract(cleanup, { config: { roots: [] } });
pluginContract(metrics);
pluginContract(report, { config: { folder: 'nothing-is-written-here' } });
pluginContract(tasks);

// The worker process: it runs the jobs and schedules of the database that web.js fills, and listens to no port.
import { createJobs } from '@phraseworks/jobs';
import { site, stopOnSignal } from './site.js';

const jobs = await createJobs({ ...site, roles: ['worker', 'scheduler'] });
await jobs.start();
stopOnSignal(jobs);

// What runs on this site: the one file that names both the core and the plugins.
import { defineConfig } from '@phraseworks/jobs';

export default defineConfig({
  database: 'sqlite:data/jobs.db',
  queue: { maxConcurrentJobs: 5 },
  processors: { email: { timeout: 30_000, maxRetries: 3, retryDelay: 5_000 } },
  plugins: {
    // People sign in with a link, scripts with a token.
    'sign-in': true,
    dashboard: true,
    'api-docs': true,
    // Without a transport, mail goes to the local mailbox: nothing leaves this machine.
    email: { config: { from: 'hello@phraseworks.example' } },
    image: true,
    backup: { config: { files: { uploads: 'data/files' } } },
    cleanup: { config: { roots: [{ path: 'data/temp', kind: 'temp' }] } },
    // A mail when jobs fail for good, backups are overdue or schedules do not run; here into the local mailbox.
    alerts: { config: { mail: ['admin@example.test'], site: 'PhraseWorks' } },
    // Prometheus at /jobs/metrics, and traces where OpenTelemetry is set up.
    metrics: true,
    report: { config: { site: 'PhraseWorks' } },
  },
  schedules: [
    {
      name: 'daily_backup',
      schedule: '0 1 * * *',
      jobData: { type: 'backup', data: { type: 'database', retention: '30 days' }, priority: 'low' },
    },
    { name: 'hourly_cleanup', schedule: '0 * * * *', jobData: { type: 'cleanup', data: { action: 'temp_files' } } },
    {
      name: 'weekly_report',
      schedule: '0 9 * * 1',
      jobData: { type: 'report', data: { type: 'weekly_analytics', recipients: ['admin@example.test'] } },
    },
  ],
});

// The newest uploads of everybody, live: what another tab sends shows up here.
/** @jsxImportSource react */
import { useJobs, useQueueMetrics } from '@phraseworks/sdk/react';

export function Recent() {
  const { jobs, error } = useJobs({ type: 'image_process', limit: 5 });
  const { metrics } = useQueueMetrics();
  if (error) return <p className="error">{error.message}</p>;
  return (
    <>
      {metrics && (
        <p>
          {metrics.pending} waiting, {metrics.processing} running, {metrics.completed} done, {metrics.failed} failed
        </p>
      )}
      <ul>
        {jobs.map(({ id, summary, status, progress }) => (
          <li key={id}>
            <span>{summary ?? id}</span>
            <span>{status === 'processing' && progress ? `${progress.percentage} %` : status}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

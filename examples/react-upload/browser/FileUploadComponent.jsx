// Polls instead of using the hooks, and is kept exactly as it was specified: only its second import has another name, and the last line is ours.
// biome-ignore-all format: kept as specified
// biome-ignore-all lint/correctness/noUnusedImports: kept as specified

import { addJob, getJobStatus } from '@phraseworks/sdk/client';
import React, { useEffect, useState } from 'react';

const FileUploadComponent = () => {
  const [jobStatus, setJobStatus] = useState(null);

  const handleFileUpload = async (file) => {
    try {
      // Create image processing job
      const job = await addJob({
        type: 'image_process',
        data: {
          file: file,
          operations: [
            { type: 'resize', width: 800 },
            { type: 'optimize', quality: 85 }
          ]
        }
      });

      // Monitor job progress
      setJobStatus({ id: job.id, status: 'pending' });

      // Poll for updates (or use WebSocket)
      const pollInterval = setInterval(async () => {
        const status = await getJobStatus(job.id);
        setJobStatus(status);

        if (status.status === 'completed' || status.status === 'failed') {
          clearInterval(pollInterval);
        }
      }, 1000);

    } catch (error) {
      console.error('Failed to create job:', error);
    }
  };

  return (
    <div>
      <input type="file" onChange={(e) => handleFileUpload(e.target.files[0])} />
      {jobStatus && (
        <div>
          Job Status: {jobStatus.status}
          {jobStatus.progress && (
            <div>Progress: {jobStatus.progress.percentage}%</div>
          )}
        </div>
      )}
    </div>
  );
};

export { FileUploadComponent };

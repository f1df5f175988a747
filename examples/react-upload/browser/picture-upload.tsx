// Uploads a picture and shows how far the upload is, how far its job is, and what came out.
/** @jsxImportSource react */
import type { ImageJobData, ImageResult } from '@phraseworks/plugin-image';
import { useUpload } from '@phraseworks/sdk/react';
import { Bar } from './bar.tsx';

const WANTED: Partial<ImageJobData> = {
  operations: [
    { type: 'resize', width: 800 },
    { type: 'optimize', quality: 85 },
    { type: 'format', format: 'webp' },
  ],
};

export function PictureUpload() {
  const { upload, cancel, progress, job, status, error } = useUpload('image_process');
  const running = status === 'uploading' || status === 'pending' || status === 'processing';
  return (
    <>
      <input
        type="file"
        accept="image/*"
        aria-label="Picture"
        onChange={({ target }) => target.files?.[0] && upload(target.files[0], WANTED)}
      />
      {status !== 'idle' && <Bar label="Upload" value={progress.upload} />}
      {job && <Bar label="Job" value={progress.job} />}
      {running && (
        <button type="button" onClick={cancel}>
          Cancel
        </button>
      )}
      {error && (
        <p className="error" role="alert">
          {error.message}
        </p>
      )}
      {job?.status === 'completed' && <Picture result={job.result} />}
    </>
  );
}

function Picture({ result }: { result: ImageResult | null }) {
  if (!result?.url) return null;
  const { url, width, height, format, fileSize } = result;
  return (
    <figure>
      <img src={url} width={width} height={height} alt="What the job made" />
      <figcaption>
        {width} x {height} {format}, {Math.ceil(fileSize / 1000)} kB
      </figcaption>
    </figure>
  );
}

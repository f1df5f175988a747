// The page: the specification's component, the same with the hooks, and what became of the newest uploads.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Connection } from './connection.tsx';
import { FileUploadComponent } from './FileUploadComponent.jsx';
import { PictureUpload } from './picture-upload.tsx';
import { Recent } from './recent.tsx';

const Page = () => (
  <>
    <header>
      <h1>Upload a picture</h1>
      <Connection />
    </header>
    <section id="specification" aria-label="The specification's component">
      <h2>The specification's component</h2>
      <p>It adds the job and asks for its status once a second.</p>
      <FileUploadComponent />
    </section>
    <section id="hooks" aria-label="With the hooks">
      <h2>With the hooks</h2>
      <p>The upload, the job and the result, live.</p>
      <PictureUpload />
    </section>
    <section id="recent" aria-label="The newest">
      <h2>The newest</h2>
      <Recent />
    </section>
  </>
);

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);

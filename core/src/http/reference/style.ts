// How the description of the API looks, and the policy under which its page runs: one style by its hash, one script of ours, nothing from elsewhere.
import { createHash } from 'node:crypto';

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fdfdfc, #131716);
  --raised: light-dark(#f3f5f2, #1b201f);
  --ink: light-dark(#1c2321, #e4e9e6);
  --soft: light-dark(#59635f, #9ba6a1);
  --line: light-dark(#dfe3df, #2c3431);
  --accent: light-dark(#0f6a5c, #63cbb7);
  --get: light-dark(#1857b6, #86b4ff);
  --post: light-dark(#1d7440, #6cc98b);
  --put: light-dark(#7d5a00, #e0b352);
  --delete: light-dark(#b3261e, #ff8a80);
}
*, ::before, ::after { box-sizing: border-box; }
html { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; scroll-padding-top: 1rem; text-size-adjust: none; }
body { display: grid; grid-template-columns: 16rem minmax(0, 1fr); max-width: 80rem; margin: 0 auto; background: var(--paper); color: var(--ink); overflow-wrap: anywhere; }
body > header { grid-column: 1 / -1; padding: 1.5rem 1.5rem 0.5rem; }
h1 { margin: 0; font-size: 1.5rem; letter-spacing: -0.015em; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.125rem; }
h3 { margin: 1rem 0 0.25rem; font-size: 0.9375rem; }
h4 { margin: 1rem 0 0.25rem; color: var(--soft); font-size: 0.8125rem; font-weight: 600; }
p { margin: 0.4rem 0; max-width: 46rem; }
a { color: var(--accent); text-underline-offset: 0.18em; text-decoration-thickness: 1px; }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; padding: 1rem 0.75rem 2rem 1.5rem; overflow-y: auto; font-size: 0.8125rem; }
nav ul { margin: 0 0 0.75rem; padding: 0; list-style: none; }
nav li { padding: 0.1rem 0; }
nav a { color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--accent); }
nav b a { color: var(--ink); }
main { min-width: 0; padding: 0 1.5rem 4rem; }
main > h2:first-child { margin-top: 1rem; }
code, pre, .mono { font: 0.8125rem/1.55 ui-monospace, "SF Mono", "Cascadia Mono", monospace; }
pre { max-height: 30rem; margin: 0.25rem 0; padding: 0.6rem 0.8rem; overflow: auto; border-radius: 6px; background: var(--raised); white-space: pre-wrap; }
article, .schema { border-bottom: 1px solid var(--line); }
summary { padding: 0.5rem 0; cursor: pointer; }
summary code { font-size: 0.875rem; }
summary span.about { display: block; padding-left: 1.2rem; color: var(--soft); }
.inside { padding: 0 0 1rem 1.2rem; }
.method { display: inline-block; min-width: 4rem; font-weight: 700; text-transform: uppercase; color: var(--get); }
.method.post { color: var(--post); }
.method.put { color: var(--put); }
.method.delete { color: var(--delete); }
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
th, td { padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
th { color: var(--soft); font-weight: 500; }
td:first-child { width: 32%; }
small { color: var(--soft); }
.must { color: var(--delete); }
input, textarea, button, select { min-width: 0; padding: 0.3rem 0.6rem; border: 1px solid var(--soft); border-radius: 6px; background: var(--paper); color: var(--ink); font: inherit; }
button { border-color: var(--line); background: var(--raised); cursor: pointer; }
button.send { border-color: var(--accent); background: var(--accent); color: var(--paper); font-weight: 600; }
textarea { width: 100%; min-height: 8rem; resize: vertical; }
form.try { display: grid; gap: 0.6rem; max-width: 44rem; margin-top: 0.5rem; padding: 0.9rem 1rem; border: 1px solid var(--line); border-radius: 8px; }
form.try label { display: grid; gap: 0.2rem; font-size: 0.8125rem; }
form.try .row { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
.answer { margin-top: 0.75rem; }
.answer .status { font-weight: 700; }
.answer .status.bad { color: var(--delete); }
.answer .status.good { color: var(--post); }
#token { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; font-size: 0.8125rem; color: var(--soft); }
#token input { width: 19rem; max-width: 100%; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (max-width: 52rem) {
  body { grid-template-columns: minmax(0, 1fr); }
  body > header, main { padding-inline: 1rem; }
  nav { position: static; max-height: none; padding: 0.5rem 1rem; }
  nav ul ul { display: none; }
  nav > ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
  .inside { padding-left: 0; }
  table, tbody, tr, td { display: block; }
  thead { display: none; }
  td, td:first-child { width: auto; padding: 0; border: 0; }
  tr { padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
}
`;

const HASH = createHash('sha256').update(STYLE).digest('base64');

export const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${HASH}'`,
  "script-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

// A value as JSON that can be folded away; a large one begins folded.
/** @jsxImportSource hono/jsx */
const LARGE = 4_000;

export function JsonBox({ title, value }: { title: string; value: unknown }) {
  const text = JSON.stringify(value, null, 2) ?? 'null';
  return (
    <details class="json" open={text.length <= LARGE}>
      <summary>
        <h2>{title}</h2>
      </summary>
      <pre>{text}</pre>
    </details>
  );
}

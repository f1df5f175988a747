// How far something is, as a bar and in percent.
/** @jsxImportSource react */
export function Bar({ label, value }: { label: string; value: number }) {
  return (
    <div className="bar">
      <span>{label}</span>
      <progress aria-label={label} max={100} value={value} />
      <output>{Math.floor(value)} %</output>
    </div>
  );
}

// How far something is, as a bar and in percent; the number is no <output>, which would be read out with each change.
/** @jsxImportSource react */
export function Bar({ label, value }: { label: string; value: number }) {
  return (
    <div className="bar">
      <span>{label}</span>
      <progress aria-label={label} max={100} value={value} />
      <span className="percent">{Math.floor(value)} %</span>
    </div>
  );
}

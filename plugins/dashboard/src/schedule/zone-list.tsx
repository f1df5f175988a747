// The time zones that this machine knows, as suggestions for a field.
/** @jsxImportSource hono/jsx */

let zones: string[] | undefined;

export function ZoneList({ id }: { id: string }) {
  zones ??= ['UTC', ...Intl.supportedValuesOf('timeZone')];
  return (
    <datalist id={id}>
      {zones.map((zone) => (
        <option value={zone} />
      ))}
    </datalist>
  );
}

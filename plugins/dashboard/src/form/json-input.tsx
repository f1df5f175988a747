// What has no field of its own: JSON, and files, which are sent by the script.
/** @jsxImportSource hono/jsx */
import { described, firstLineKept, linesOf } from './inputs.tsx';
import type { PlaceProps } from './place.tsx';

export function JsonInput(props: PlaceProps) {
  const { place, draft, label, named, must } = props;
  const text = draft.get(place) ?? '';
  return (
    <textarea
      id={place.replace(/\?json$/, '')}
      name={place}
      class="code"
      rows={linesOf(text)}
      spellcheck={false}
      required={must}
      aria-label={named ? undefined : label}
      {...described({ ...props, place: place.replace(/\?.*$/, '') })}
    >
      {firstLineKept(text)}
    </textarea>
  );
}

/** Without a name: a plain form cannot send it. */
export function FileInput(props: PlaceProps) {
  const { place, label, named } = props;
  return (
    <>
      <input
        id={place}
        type="file"
        class="file"
        data-file={place}
        aria-label={named ? undefined : label}
        {...described(props)}
      />
      <noscript>
        <small class="hint">Choosing a file needs JavaScript. Without it, use an address or the HTTP API.</small>
      </noscript>
    </>
  );
}

// Makes one piece of the page like another, touching only what differs: what the reader has opened, chosen, typed or marked stays.

/** Kept as the reader has them. */
const OWN: Record<string, string> = { DETAILS: 'open', DIALOG: 'open', OPTION: 'selected' };

/**
 * Children find each other by `id` or `data-key`, options by their value, else by their place among those of their kind. What has `data-keep` is left alone.
 * The focus stays where it is, as long as its element is still there.
 */
export function morph(from: Element, to: Element): void {
  const { activeElement } = from.ownerDocument;
  morphElement(from, to);
  if (!(activeElement instanceof HTMLElement) || !activeElement.isConnected) return;
  if (from.contains(activeElement) && from.ownerDocument.activeElement !== activeElement) {
    activeElement.focus({ preventScroll: true });
  }
}

function morphElement(from: Element, to: Element): void {
  if (from.hasAttribute('data-keep') || from.isEqualNode(to)) return;
  morphAttributes(from, to);
  morphChildren(from, to);
}

function morphAttributes(from: Element, to: Element): void {
  const own = OWN[from.tagName];
  for (const { name } of [...from.attributes]) if (name !== own && !to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) {
    if (name !== own && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
}

function morphChildren(from: Element, to: Element): void {
  const keyed = new Map<string, ChildNode>();
  const wanted = new Set([...to.childNodes].map(keyOf));
  for (const child of [...from.childNodes]) {
    const key = keyOf(child);
    if (key === undefined) continue;
    if (wanted.has(key) && !keyed.has(key)) keyed.set(key, child);
    else child.remove();
  }
  let at = from.firstChild;
  for (const want of [...to.childNodes]) {
    const key = keyOf(want);
    const have = key === undefined ? nextAlike(at, want) : keyed.get(key);
    if (have === undefined) {
      from.insertBefore(want, at);
      continue;
    }
    if (key === undefined) at = dropUnkeyed(at, have);
    if (have !== at) from.insertBefore(have, at);
    at = have.nextSibling;
    // Of two with the same key the second comes in anew.
    if (key !== undefined) keyed.delete(key);
    morphNode(have, want);
  }
  while (at) {
    const next: ChildNode | null = at.nextSibling;
    at.remove();
    at = next;
  }
}

function morphNode(from: ChildNode, to: ChildNode): void {
  if (from instanceof Element && to instanceof Element) morphElement(from, to);
  else if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
}

/** With the tag: an element never becomes one of another kind. */
function keyOf(node: ChildNode): string | undefined {
  if (!(node instanceof Element)) return undefined;
  if (node.tagName === 'OPTION') return `OPTION ${node.getAttribute('value') ?? node.textContent}`;
  if (node.tagName === 'OPTGROUP') return `OPTGROUP ${node.getAttribute('label')}`;
  const key = node.id || node.getAttribute('data-key');
  return key ? `${node.tagName} ${key}` : undefined;
}

function nextAlike(at: ChildNode | null, want: ChildNode): ChildNode | undefined {
  for (let node = at; node; node = node.nextSibling) {
    if (node.nodeName === want.nodeName && keyOf(node) === undefined) return node;
  }
  return undefined;
}

/** Up to `end` drop everything without a key. Answers where the next child belongs. */
function dropUnkeyed(at: ChildNode | null, end: ChildNode): ChildNode | null {
  let first: ChildNode | null = null;
  let node = at;
  while (node && node !== end) {
    const next: ChildNode | null = node.nextSibling;
    if (keyOf(node) === undefined) node.remove();
    else first ??= node;
    node = next;
  }
  return first ?? end;
}

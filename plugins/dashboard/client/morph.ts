// Makes one piece of the page like another, touching only what differs: what the reader has opened, chosen, typed or marked stays.
// biome-ignore lint/correctness/noUndeclaredDependencies: it is bundled into assets/client.js, so a site does not install it
import { Idiomorph } from 'idiomorph';

/**
 * Children find each other by `id` or `data-key`, options by their value, else by their place. What has `data-keep` is left alone.
 * The focus stays where it is, as long as its element is still there.
 */
export function morph(from: Element, to: Element): void {
  const { activeElement } = from.ownerDocument;
  for (const tree of [from, to]) nameKeyed(tree);
  void Idiomorph.morph(from, to, {
    callbacks: {
      beforeNodeMorphed: (old, next) =>
        !(old instanceof Element && old.hasAttribute('data-keep')) && !old.isEqualNode(next),
      beforeAttributeUpdated: (name, element) => !isReaders(name, element),
    },
  });
  if (!(activeElement instanceof HTMLElement) || !from.contains(activeElement)) return;
  if (from.ownerDocument.activeElement !== activeElement) activeElement.focus({ preventScroll: true });
}

/** The library knows ids only. */
function nameKeyed(tree: Element): void {
  for (const element of tree.querySelectorAll('[data-key]:not([id])')) {
    element.id = `${element.tagName} ${element.getAttribute('data-key')}`;
  }
  for (const option of tree.querySelectorAll('option')) {
    const list = option.closest('select, datalist');
    option.id = `${list?.id || list?.getAttribute('name')} ${option.value}`;
  }
}

/** Is it as the reader has left it? */
function isReaders(name: string, element: Element): boolean {
  // A new element gets its attributes before its children.
  if (name === 'open') return element.childNodes.length > 0;
  if (element instanceof HTMLOptionElement) return name === 'selected' && element.selected !== element.defaultSelected;
  if (element instanceof HTMLTextAreaElement) return name === 'value' && element.value !== element.defaultValue;
  if (!(element instanceof HTMLInputElement)) return false;
  if (name === 'value') return element.type !== 'hidden' && element.value !== element.defaultValue;
  return name === 'checked' && element.checked !== element.defaultChecked;
}

// @vitest-environment happy-dom
// What a renewal changes in the page, and what it must leave as the reader has it.
import { beforeEach, describe, expect, test } from 'vitest';
import { morph } from './renew.ts';

const page = (html: string): HTMLElement => {
  const main = document.createElement('main');
  main.innerHTML = html;
  return main;
};
const rows = (...ids: string[]): string =>
  `<ul>${ids.map((id) => `<li data-key="${id}"><a href="#${id}">${id}</a></li>`).join('')}</ul>`;
const find = <T extends Element>(selector: string): T => document.querySelector<T>(selector) as T;

let shown: HTMLElement;
const show = (html: string): void => {
  shown = page(html);
  document.body.replaceChildren(shown);
};

beforeEach(() => document.body.replaceChildren());

describe('an update makes the page equal to the new one', () => {
  test.each([
    ['<p>1</p>', '<p>2</p>'],
    ['<p class="a" title="x">1</p>', '<p class="b" lang="en">1</p>'],
    ['<p>a</p><table></table>', '<table></table>'],
    ['<table></table>', '<p>a</p><table></table><p>b</p>'],
    ['<p>a <b>b</b> c</p>', '<p>a <i>b</i> c</p>'],
    [rows('a', 'b', 'c'), rows('new', 'a', 'b')],
    [rows('a', 'b', 'c'), rows('c', 'a')],
    [rows('a', 'b'), rows()],
    ['<p id="x">1</p>', '<div id="x">1</div>'],
    [rows('a', 'a'), rows('a')],
    ['', '<svg viewBox="0 0 1 1"><path d="M0 0"></path></svg>'],
  ])('%s becomes %s', (from, to) => {
    show(from);
    morph(shown, page(to));
    // Keyed elements have an id of their key meanwhile.
    expect(shown.innerHTML.replace(/ id="LI \w+"/g, '')).toBe(to);
  });
});

describe('elements are kept', () => {
  test('when an element without a key is removed before them', () => {
    show('<p>notice</p><table><tbody></tbody></table>');
    const table = find('table');
    morph(shown, page('<table><tbody></tbody></table>'));
    expect(find('table')).toBe(table);
  });
});

describe('the reader keeps', () => {
  test('the focus, even if rows change their order', () => {
    show(rows('a', 'b', 'c'));
    find<HTMLElement>('[href="#c"]').focus();
    morph(shown, page(rows('c', 'a', 'b')));
    expect(document.activeElement?.textContent).toBe('c');
  });

  test('typed text, selections and checks', () => {
    const form = (note: string) =>
      `<form><p>${note}</p><input name="q" value=""><input type="checkbox" name="id"><textarea></textarea></form>`;
    show(form('old'));
    find<HTMLInputElement>('[name=q]').value = 'ada';
    find<HTMLInputElement>('[name=id]').checked = true;
    find<HTMLTextAreaElement>('textarea').value = 'more';
    morph(shown, page(form('new')));
    expect(find<HTMLInputElement>('[name=q]').value).toBe('ada');
    expect(find<HTMLInputElement>('[name=id]').checked).toBe(true);
    expect(find<HTMLTextAreaElement>('textarea').value).toBe('more');
    expect(find('p').textContent).toBe('new');
  });

  test('a selection, even if its options change', () => {
    const option = (name: string) => `<option value="${name}"${name === 'a' ? ' selected=""' : ''}>${name}</option>`;
    const choice = (types: string[], plugins: string[]) =>
      `<select><optgroup label="Types">${types.map(option).join('')}</optgroup><optgroup label="Plugins">${plugins.map(option).join('')}</optgroup></select>`;
    show(choice(['a', 'c', 'd'], ['x']));
    const select = find<HTMLSelectElement>('select');
    select.value = 'd';
    morph(shown, page(choice(['a', 'b', 'd'], ['w', 'x'])));
    expect(select.value).toBe('d');
    expect([...select.options].map(({ value }) => value)).toEqual(['a', 'b', 'd', 'w', 'x']);
    select.value = 'x';
    morph(shown, page(choice(['a'], ['x', 'y'])));
    expect(select.value).toBe('x');
  });

  test('opened and closed parts', () => {
    const box = (open: string, text: string) => `<details data-key="d"${open}><summary>${text}</summary></details>`;
    show(box('', 'old') + box(' open=""', 'old').replace('"d"', '"e"'));
    find<HTMLDetailsElement>('[data-key=d]').open = true;
    find<HTMLDetailsElement>('[data-key=e]').open = false;
    morph(shown, page(box('', 'new') + box(' open=""', 'new').replace('"d"', '"e"')));
    expect(find<HTMLDetailsElement>('[data-key=d]').open).toBe(true);
    expect(find<HTMLDetailsElement>('[data-key=e]').open).toBe(false);
    expect(find('summary').textContent).toBe('new');
  });

  test('typed text, if the page now has another value', () => {
    const field = (value: string) =>
      `<p>${value}</p><input name="q" value="${value}"><input type="hidden" name="n" value="${value}">`;
    show(field('1'));
    morph(shown, page(field('2')));
    expect(find<HTMLInputElement>('[name=q]').value).toBe('2');
    find<HTMLInputElement>('[name=q]').value = 'ada';
    morph(shown, page(field('3')));
    expect(find<HTMLInputElement>('[name=q]').value).toBe('ada');
    expect(find<HTMLInputElement>('[name=n]').value).toBe('3');
  });

  test('unchanged text nodes, so a text selection stays', () => {
    show('<p>same</p><p>old</p>');
    const text = find('p').firstChild;
    morph(shown, page('<p>same</p><p>new</p>'));
    expect(find('p').firstChild).toBe(text);
  });

  test('content filled in by a script', () => {
    show('<b data-keep>3</b><p>old</p>');
    morph(shown, page('<b data-keep></b><p>new</p>'));
    expect(shown.innerHTML).toBe('<b data-keep="">3</b><p>new</p>');
  });
});

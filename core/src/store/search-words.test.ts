// Typed searches, and the words they look for.
import { expect, test } from 'vitest';
import { searchWords } from './search-words.ts';

const text = (word: string) => ({ kind: 'text', text: word });

test.each<[string, object[]]>([
  ['', []],
  ['Ada', [text('Ada')]],
  ['"ada lovelace"', [text('ada lovelace')]],
  [
    'plugin:image  id:3f2a',
    [
      { kind: 'plugin', text: 'image' },
      { kind: 'id', text: '3f2a' },
    ],
  ],
  ['error:"not found" x', [{ kind: 'error', text: 'not found' }, text('x')]],
  ['data.to.0.name:"Ada L"', [{ kind: 'data', path: ['to', '0', 'name'], text: 'Ada L' }]],
  ['data.größe:groß', [{ kind: 'data', path: ['größe'], text: 'groß' }]],
  ['data.url:http://a/b?c=1', [{ kind: 'data', path: ['url'], text: 'http://a/b?c=1' }]],
  // Not ours, so text.
  ['http://a.example/b', [text('http://a.example/b')]],
  [
    'status:failed state:parked',
    [
      { kind: 'status', text: 'failed' },
      { kind: 'status', text: 'parked' },
    ],
  ],
  ['data:ada', [text('data:ada')]],
  ['data.:ada', [text('data.:ada')]],
  ["data.a');:c", [text("data.a');:c")]],
  ['"type:email"', [text('type:email')]],
  // Half typed.
  ['type:', []],
  ['""', []],
  ['"not closed', [text('not closed')]],
  ['error:"not closed', [{ kind: 'error', text: 'not closed' }]],
  ['a"b c"d', [text('ab cd')]],
])('%j', (given, words) => {
  expect(searchWords(given)).toEqual(words);
});

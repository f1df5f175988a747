import { expect, test } from 'vitest';
import { nextLimit } from './copy.ts';
import { portions, type Row, rowText, toCell } from './rows.ts';
import { kindOf, readFacts } from './tables.ts';

test('a column is known by its declared type on either engine, and types that engines keep differently are not moved', () => {
  expect(['integer', 'BIGINT(20)', 'tinyint', 'boolean', 'mediumint'].map(kindOf)).toEqual(Array(5).fill('integer'));
  expect(['text', 'VARCHAR(191)', 'longtext', 'char(36)'].map(kindOf)).toEqual(Array(4).fill('text'));
  expect(['blob', 'longblob', 'varbinary(16)'].map(kindOf)).toEqual(Array(3).fill('bytes'));
  expect(['real', 'double', 'decimal(10,2)', 'numeric'].map(kindOf)).toEqual(Array(4).fill('number'));
  expect(['datetime', 'timestamp', 'date', 'json', 'point', ''].map(kindOf)).toEqual(Array(6).fill(null));
});

test('different forms of a value from two drivers become the same value', () => {
  expect(toCell('1767225600000', 'integer')).toBe(1_767_225_600_000);
  expect(toCell(9_007_199_254_740_993n, 'integer')).toBe(9_007_199_254_740_993n);
  expect(toCell(true, 'integer')).toBe(1);
  expect(toCell('1.50', 'number')).toBe(1.5);
  expect(toCell(Buffer.from('\ufeffa\0b'), 'text')).toBe('\ufeffa\0b');
  expect(toCell(undefined, 'text')).toBeNull();
});

test('rows that differ in any value, in where it ends or in its kind have different texts', () => {
  const rows: Row[] = [
    ['a', 'bc'],
    ['ab', 'c'],
    ['ab', null],
    ['ab', ''],
    ['ab', ' '],
    ['ab', 'null'],
    ['ab', 0],
    ['ab', '0'],
    ['ab', Buffer.from('0')],
    ['ab', '\0'],
    ['ab', '\u00e9'],
    ['ab', 'e\u0301'],
    ['ab;t1:c'],
  ];
  expect(new Set(rows.map(rowText)).size).toBe(rows.length);
  expect(rowText([-0])).toBe(rowText([0]));
});

test('no statement exceeds its limit, unless a single row does', () => {
  const rows: Row[] = [['x'.repeat(600)], ['x'.repeat(600)], ['x'.repeat(5_000)], ['x'], ['y'], ['z']];
  expect(portions(rows, 100, 1_000).map((part) => part.length)).toEqual([1, 1, 1, 3]);
  expect(portions(rows, 2, 1_000_000).map((part) => part.length)).toEqual([2, 2, 2]);
  expect(portions([], 2)).toEqual([]);
});

test('a batch grows while rows are small and shrinks as soon as they are large', () => {
  expect(nextLimit(100, 100, 10_000)).toBe(200);
  expect(nextLimit(500, 500, 10_000)).toBe(500);
  expect(nextLimit(500, 500, 100_000_000)).toBe(20);
  expect(nextLimit(1, 1, 900_000_000)).toBe(1);
});

test('a table without a usable key, or with a column of another kind, is refused with the reason', () => {
  const id = { name: 'id', type: 'text', place: 1 };
  expect(readFacts('t', [{ name: 'b', type: 'int', place: 0 }, id], [])).toEqual({
    name: 't',
    columns: [
      { name: 'b', kind: 'integer' },
      { name: 'id', kind: 'text' },
    ],
    key: ['id'],
    kept: [],
  });
  const why = (...facts: Parameters<typeof readFacts>[1]) => readFacts('t', facts, []);
  expect(why({ ...id, place: null })).toMatchObject({ why: 'it has no primary key' });
  expect(why({ ...id, type: 'blob' })).toMatchObject({ why: expect.stringContaining('primary key') });
  expect(why(id, { name: 'at', type: 'datetime', place: 0 })).toMatchObject({
    why: expect.stringContaining('datetime'),
  });
});

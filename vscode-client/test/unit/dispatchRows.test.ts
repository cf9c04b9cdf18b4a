import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dispatch } from '../../src/contract';
import { bytesInWords, rows } from '../../src/dispatchRows';

const range = { start: { line: 3, character: 2 }, end: { line: 9, character: 3 } };
const dispatch = (ordinal: number, kind: string, summary: string, more: Partial<Dispatch> = {}): Dispatch => ({
  ordinal, name: `%${ordinal}`, kind, summary, bytesRead: 1000, bytesWritten: 500, flops: null, range,
  signature: `${kind} ${summary}`, producers: [], consumers: [], remarks: [], couldJoin: null, ...more,
});
const three = [
  dispatch(0, 'transpose', 'transpose 4x8', { remarks: [{ rule: 'standalone-transpose', message: 'alone', range }] }),
  dispatch(1, 'conv', 'conv 9x9', { bytesRead: 9_000_000 }),
  dispatch(2, 'transpose', 'transpose 4x8', { couldJoin: 'conv' }),
];

test('equal dispatches stand together with a count, where the first stands', () => {
  const [group, conv] = rows(three, 'program order', '');
  assert.equal(group?.label, '2 × transpose 4x8');
  assert.deepEqual(group?.children.map((row) => row.label), ['#0 transpose 4x8', '#2 transpose 4x8']);
  assert.equal(group?.remarks, 1);
  assert.equal(conv?.label, '#1 conv 9x9');
});

test('remarks stand under their dispatch', () => {
  const first = rows(three, 'program order', '')[0]?.children[0];
  assert.deepEqual(first?.children.map((row) => [row.what, row.label, row.description]), [['remark', 'standalone-transpose', 'alone']]);
});

test('by bytes the heaviest comes first', () => {
  assert.equal(rows(three, 'bytes', '')[0]?.label, '#1 conv 9x9');
});

test('by kind the most frequent comes first', () => {
  assert.deepEqual(rows(three, 'kind', '').map((row) => [row.label, row.description]), [['transpose', '2'], ['conv', '1']]);
});

test('by could-join those that could come first', () => {
  const headings = rows(three, 'what could join', '').map((row) => [row.label, row.description]);
  assert.deepEqual(headings, [['could join a neighbour', '1'], ['stands as it is', '2']]);
});

test('a filter takes every word, of rules too', () => {
  assert.deepEqual(rows(three, 'program order', 'STANDALONE 4x8').map((row) => row.label), ['#0 transpose 4x8']);
  assert.deepEqual(rows(three, 'program order', 'nothing'), []);
});

test('the tooltip says the kind once', () => {
  assert.equal(rows(three, 'program order', 'conv')[0]?.tooltip, '%1\nconv 9x9\nreads 9.0 MB, writes 500 B');
});

test('bytes in words', () => {
  assert.deepEqual([0, 999, 1500, 8_586_368, 2e12].map(bytesInWords), ['0 B', '999 B', '1.5 kB', '8.6 MB', '2.0 TB']);
});

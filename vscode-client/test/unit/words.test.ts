import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Summary } from '../../src/contract';
import { statusText, summaryInWords } from '../../src/words';

const summary: Summary = {
  dispatches: 80, executables: null, byKind: { conv: 18, transpose: 1 }, standaloneTransposes: 1, copies: 0, toDispatch: 0,
  shape: 'dispatch regions', certainty: 'predicted', errors: 0, remarks: 12,
};

test('the status bar counts', () => {
  assert.equal(statusText(summary), '$(layers) 80 dispatches · 1 standalone transpose · predicted');
  assert.equal(statusText({ ...summary, dispatches: 1, standaloneTransposes: 0, errors: 2 }), '$(layers) 1 dispatch · 2 errors · predicted');
});

test('a text without dispatches counts its executables, or what will become some', () => {
  assert.match(statusText({ ...summary, dispatches: null, executables: 2 }), /2 executables/);
  assert.match(statusText({ ...summary, dispatches: 0, executables: 0, toDispatch: 3 }), /3 ops to dispatch/);
  assert.match(statusText({ ...summary, dispatches: 0, executables: 0 }), /0 dispatches/);
});

test('the summary names the kinds', () => {
  assert.match(summaryInWords(summary), /^\*\*80 dispatches\*\*: 18 conv, 1 transpose$/m);
});

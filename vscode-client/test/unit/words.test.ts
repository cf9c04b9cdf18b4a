import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Summary } from '../../src/contract';
import { statusText, summaryInWords, summaryPage } from '../../src/words';

const summary: Summary = {
  dispatches: 80, executables: null, standaloneTransposes: 1, toDispatch: 0, certainty: 'predicted', errors: 0, remarks: 12,
  byRule: { 'unfused-padding': 2, 'standalone-transpose': 10 }, headline: '80 dispatches (1 standalone transpose)',
  rows: [['read', 'the section `a|b`'], ['by kind', '18 conv, 1 transpose'], ['copies', '0']],
};

test('the status bar counts', () => {
  assert.equal(statusText(summary), '$(layers) 80 dispatches · 1 standalone transpose · predicted');
  assert.equal(statusText({ ...summary, dispatches: 1, standaloneTransposes: 0, errors: 2 }), '$(layers) 1 dispatch · 2 errors · predicted');
});

test('a text without dispatches counts its executables, or what will become some', () => {
  assert.match(statusText({ ...summary, dispatches: null, executables: 2 }), /2 executables/);
  assert.match(statusText({ ...summary, dispatches: 0, executables: 0, toDispatch: 3 }), /3 ops to dispatch/);
  assert.match(statusText({ ...summary, dispatches: 0, executables: 0, standaloneTransposes: 0 }), /\$\(layers\) no dispatches$/);
});

test('the summary says what the terminal says, and nothing of what there is none of', () => {
  assert.equal(summaryInWords(summary), [
    '**80 dispatches (1 standalone transpose)**', '', '- read: the section `a|b`', '- by kind: 18 conv, 1 transpose', '- found: 12 remarks',
    '- certainty: predicted',
  ].join('\n'));
  assert.match(summaryInWords({ ...summary, remarks: 1, errors: 1 }), /^- found: 1 remark, 1 error$/m);
});

test('the page of the summary is a table, and the rules that found most stand first', () => {
  const page = summaryPage('a.mlir', summary);
  assert.match(page, /^# a.mlir\n/);
  assert.match(page, /^\| read \| the section `a\\\|b` \|$/m);
  assert.match(page, /standalone-transpose`: 10\n- `unfused-padding`: 2\n/);
});

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { keepProgram, lastProgram } from '../../src/lastProgram';

const decidedBy = { searchPath: '/bin', isTrusted: true };
const program = { command: process.execPath, args: ['serve'], cwd: '/', python: process.execPath };

function file(): string {
  return path.join(mkdtempSync(path.join(tmpdir(), 'dispatch-lens-')), 'storage', 'server.json');
}

test('the program of last time is known where the same decides', () => {
  const kept = file();
  assert.equal(lastProgram(kept, decidedBy), undefined);
  keepProgram(kept, decidedBy, program);
  assert.deepEqual(lastProgram(kept, decidedBy), program);
});

test('a workspace that is not trusted does not start what a trusted one chose', () => {
  const kept = file();
  keepProgram(kept, decidedBy, program);
  assert.equal(lastProgram(kept, { ...decidedBy, isTrusted: false }), undefined);
});

test('a program that is gone is looked for anew', () => {
  const kept = file();
  keepProgram(kept, decidedBy, { ...program, command: path.join(path.dirname(kept), 'gone') });
  assert.equal(lastProgram(kept, decidedBy), undefined);
});

test('a file that cannot be read is none', () => {
  const kept = file();
  keepProgram(kept, decidedBy, program);
  writeFileSync(kept, '{');
  assert.equal(lastProgram(kept, decidedBy), undefined);
});

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { type Surroundings, answersOf, commandLine, findServer } from '../../src/findServer';

const bundled = tmpdir();

function programs(...names: string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dispatch-lens-'));
  for (const name of names) {
    writeFileSync(path.join(folder, name), '#!/bin/sh\n');
    chmodSync(path.join(folder, name), 0o755);
  }
  return folder;
}

/** A machine where every program answers, but those named `old`. */
function machine(searchPath: string, more: Partial<Surroundings> = {}): Surroundings {
  return {
    serverPath: undefined, pythonPath: undefined, chosenPython: async () => undefined, searchPath, bundled,
    answers: async (command, args) => (command.includes('old') ? undefined : args[0] === 'serve' ? 'Usage' : `${command}\n`), ...more,
  };
}

test('an installed server comes before Python', async () => {
  const folder = programs('dispatch-lens', 'python3');
  assert.deepEqual(await findServer(machine(folder)), { command: path.join(folder, 'dispatch-lens'), args: ['serve'], cwd: bundled });
});

test('an installed program that cannot serve is passed over', async () => {
  const folder = programs('dispatch-lens', 'python3');
  const answers: Surroundings['answers'] = async (command, args) => (args[0] === 'serve' ? undefined : `${command}\n`);
  const found = await findServer(machine(folder, { answers }));
  assert.equal('command' in found && found.command, path.join(folder, 'python3'));
});

test('the Python extension chooses before the PATH', async () => {
  const found = await findServer(machine(programs('python3'), { chosenPython: async () => '/venv/bin/python' }));
  assert.equal('command' in found && found.command, '/venv/bin/python');
});

test('an interpreter behind a shim is started without it', async () => {
  const answers: Surroundings['answers'] = async () => '/versions/3.12/bin/python3\n';
  const found = await findServer(machine(programs('python3'), { answers }));
  assert.equal('command' in found && found.command, '/versions/3.12/bin/python3');
});

test('a setting that does not work is said, not passed over', async () => {
  const around = machine(programs('python3'), { serverPath: '/old/dispatch-lens' });
  assert.match(JSON.stringify(await findServer(around)), /\/old\/dispatch-lens.*dispatchLens\.serverPath/);
  const python = machine(programs('python3'), { pythonPath: '/old/python' });
  assert.match(JSON.stringify(await findServer(python)), /\/old\/python.*3\.10/);
});

test('no Python at all is a problem in words', async () => {
  assert.match(JSON.stringify(await findServer(machine(programs()))), /needs Python 3\.10/);
});

test('relative folders of the PATH are not searched', async () => {
  const folder = path.relative(process.cwd(), programs('python3'));
  assert.ok('problem' in (await findServer(machine(folder))));
});

test('a program that fails has no answer', async () => {
  const answers = answersOf(bundled);
  assert.equal(await answers(process.execPath, ['-e', 'process.exit(3)']), undefined);
  assert.equal(await answers(process.execPath, ['-e', 'console.log(1)']), '1\n');
});

test('a person starts the program of the server in a shell', () => {
  assert.equal(commandLine({ command: '/p', args: [], cwd: '/a b', python: '/p' }), 'cd "/a b" && "/p" -m dispatch_lens');
  assert.equal(commandLine({ command: '/bin/dispatch-lens', args: ['serve'], cwd: '/a' }), '/bin/dispatch-lens');
  assert.equal(commandLine(undefined), 'dispatch-lens');
});

// From a dump that is opened as soon as the extension host runs to its first squiggle.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const vscode = require('vscode');
const { measured, open, serverProcesses, test, until } = require('./support.js');

// A loaded machine is slower than a person's; this bound catches what is broken, the numbers are for reading.
const FIRST_SQUIGGLE_MS = 30_000;

exports.run = () => test('the first squiggle of a 1 MB dump', async () => {
  const begin = performance.now();
  const { uri } = await open('dump.mlir');
  const opened = Math.round(performance.now() - begin);
  await until('diagnostics', () => vscode.languages.getDiagnostics(uri).length > 0, FIRST_SQUIGGLE_MS);
  const server = serverProcesses().find(({ parent }) => parent === process.pid);
  assert.ok(fs.readFileSync(`/proc/${server.pid}/environ`, 'utf8').includes(`DISPATCH_LENS_AHEAD=${uri.fsPath}\0`), 'the server was not told of the dump');
  measured({ hostRan: Math.round(begin), opened, squiggle: Math.round(performance.now() - begin) });
});

// From a dump that is opened to its first squiggle, with a server that does not run yet.
const assert = require('node:assert/strict');
const vscode = require('vscode');
const { EXTENSION, measured, open, serverProcesses, test, until } = require('./support.js');

// A loaded machine is slower than a person's; this bound catches what is broken, the numbers are for reading.
const FIRST_SQUIGGLE_MS = 30_000;

exports.run = () => test('the first squiggle of a 1 MB dump', async () => {
  const runs = serverProcesses().some(({ parent }) => parent === process.pid);
  const docs = vscode.workspace.textDocuments.map((one) => `${one.uri} ${one.languageId}`);
  console.log(`ok - active ${vscode.extensions.getExtension(EXTENSION).isActive} ${docs}`);
  assert.ok(!runs);
  const begin = performance.now();
  const { uri } = await open('one-megabyte.mlir');
  const opened = Math.round(performance.now() - begin);
  await until('diagnostics', () => vscode.languages.getDiagnostics(uri).length > 0, FIRST_SQUIGGLE_MS);
  measured({ opened, squiggle: Math.round(performance.now() - begin) });
});

// From a dump that is opened to its first squiggle, with an extension that is not active yet.
const assert = require('node:assert/strict');
const vscode = require('vscode');
const { EXTENSION, measured, open, test, until } = require('./support.js');

// A loaded machine is slower than a person's; this bound catches what is broken, the numbers are for reading.
const FIRST_SQUIGGLE_MS = 30_000;

exports.run = () => test('the first squiggle of a 1 MB dump', async () => {
  assert.ok(!vscode.extensions.getExtension(EXTENSION).isActive);
  const begin = performance.now();
  const { uri } = await open('one-megabyte.mlir');
  const opened = Math.round(performance.now() - begin);
  await until('diagnostics', () => vscode.languages.getDiagnostics(uri).length > 0, FIRST_SQUIGGLE_MS);
  measured({ opened, squiggle: Math.round(performance.now() - begin) });
});

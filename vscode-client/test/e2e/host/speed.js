// How long a person waits, measured in the extension host: the first squiggle from a cold start, and typing in a large dump.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const vscode = require('vscode');
const { EXTENSION, at, hoverText, open, serverProcesses, test, until } = require('./support.js');

// A loaded machine is slower than a person's; these bounds catch what is broken, the printed numbers are for reading.
const FIRST_SQUIGGLE_MS = 30_000;
const KEY_MS = 100;

exports.run = async () => {
  await test('the first squiggle of a 1 MB dump', async () => {
    assert.ok(!vscode.extensions.getExtension(EXTENSION).isActive);
    const start = performance.now();
    const { uri, document } = await open('one-megabyte.mlir');
    const opened = performance.now();
    await until('diagnostics', () => vscode.languages.getDiagnostics(uri).length > 0);
    const took = performance.now() - start;
    console.log(`measured: ${megabytes(document)} MB, opened after ${Math.round(opened - start)} ms, first squiggle after ${Math.round(took)} ms`);
    assert.ok(took < FIRST_SQUIGGLE_MS);
  });
  await test('typing in a 10 MB dump', async () => {
    const { uri, document, editor } = await open('ten-megabytes.mlir');
    await until('a hover', async () => (await hoverText(uri, at(document, 'affine_map', 4))) !== '', 120_000);
    const place = at(document, '%scale = ', 0);
    const [keys, hovers] = [[], []];
    for (const letter of 'dispatches'.repeat(2)) {
      const start = performance.now();
      await editor.edit((edit) => edit.insert(place, letter), { undoStopBefore: false, undoStopAfter: false });
      keys.push(performance.now() - start);
      await hoverText(uri, new vscode.Position(place.line + 1, 6));
      hovers.push(performance.now() - start);
    }
    console.log(`measured: ${megabytes(document)} MB, a key ${spread(keys)}, with a hover ${spread(hovers)}, ${memory()}`);
    assert.ok(median(keys) < KEY_MS);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
};

function megabytes(document) {
  return (document.getText().length / 1e6).toFixed(1);
}

function spread(times) {
  return `median ${Math.round(median(times))} ms, worst ${Math.round(Math.max(...times))} ms`;
}

function median(times) {
  return [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)];
}

/** Of this extension host, of its server, and of the process that reads for it. */
function memory() {
  const server = serverProcesses().find(({ parent }) => parent === process.pid);
  const reader = serverProcesses().find(({ parent }) => parent === server.pid);
  const resident = (pid) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
  return `memory: extension host ${resident(process.pid)} MB, server ${resident(server.pid)} MB, its reader ${reader ? resident(reader.pid) : 0} MB`;
}

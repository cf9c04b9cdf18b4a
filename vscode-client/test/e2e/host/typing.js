// Typing in a large dump: each key, and the hover after it; and the same keys in a text that is no language's.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const vscode = require('vscode');
const { at, hoverText, measured, open, serverProcesses, test, until } = require('./support.js');

// This bound catches what is broken, the numbers are for reading.
const KEY_MS = 500;
const KEYS = ' // twenty signs more, and twenty more';
const WARM = 20; // Until then an editor works on what it has just opened.
const ROUNDS = 2;

exports.run = () => test('typing in a 10 MB dump', async () => {
  const { uri, document } = await open('dump.mlir');
  await until('a hover', async () => (await hoverText(uri, at(document, 'affine_map', 4))) !== '', 120_000);
  await until('diagnostics', () => vscode.languages.getDiagnostics(uri).length > 0, 120_000);
  const memory = megabytes();
  const { lineNumber, text } = document.lineAt(at(document, ' = linalg.fill'));
  const place = new vscode.Position(lineNumber, text.length);
  const content = document.getText();
  const [ours, plain] = [[], []];
  // In turn, so that what else the machine does meets both.
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(...(await typed(await vscode.window.showTextDocument(document), place)));
    plain.push(...(await typed(await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'ini', content })), place)));
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  measured({ ours: summed(ours), plain: summed(plain), memory });
  assert.ok(summed(ours).key < KEY_MS);
});

/** How long each key took, and the hover after it. What an editor does with a text that it has just opened is over by the first that counts. */
async function typed(editor, place) {
  const times = [];
  await vscode.commands.executeCommand('revealLine', { lineNumber: place.line, at: 'center' });
  for (const [i, letter] of [...KEYS].entries()) {
    const begin = performance.now();
    await type(editor, place.translate(0, i), letter);
    const key = performance.now() - begin;
    await hoverText(editor.document.uri, new vscode.Position(place.line + 1, 6));
    times.push({ key, hover: performance.now() - begin });
  }
  await editor.edit((edit) => edit.delete(new vscode.Range(place, place.translate(0, KEYS.length))));
  return times.slice(WARM);
}

function type(editor, place, letter) {
  return editor.edit((edit) => edit.insert(place, letter), { undoStopBefore: false, undoStopAfter: false });
}

function summed(times) {
  const [keys, hovers] = [times.map(({ key }) => key), times.map(({ hover }) => hover)];
  return { key: median(keys), worstKey: worst(keys), hover: median(hovers), worstHover: worst(hovers) };
}

function median(times) {
  return Math.round([...times].sort((one, other) => one - other)[Math.floor(times.length / 2)]);
}

function worst(times) {
  return Math.round(Math.max(...times));
}

/** Of this extension host, of its server, and of all processes that read for it. */
function megabytes() {
  const ofThis = serverProcesses().filter(({ parent }) => parent === process.pid).map(({ pid }) => pid);
  const readers = serverProcesses().filter(({ parent }) => ofThis.includes(parent)).map(({ pid }) => pid);
  return [[process.pid], ofThis, readers].map((pids) => pids.map(resident).reduce((total, size) => total + size, 0));
}

function resident(pid) {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
}

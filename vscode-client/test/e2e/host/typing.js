// Typing in a large dump: each key, and the hover after it; and the same keys in a text that is no language's.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const vscode = require('vscode');
const { at, hoverText, measured, open, serverProcesses, test, until } = require('./support.js');

// This bound catches what is broken, the numbers are for reading.
const KEY_MS = 500;
const KEYS = ' // twenty signs more';

exports.run = () => test('typing in a 10 MB dump', async () => {
  const { uri, document, editor } = await open('dump.mlir');
  await until('a hover', async () => (await hoverText(uri, at(document, 'affine_map', 4))) !== '', 120_000);
  await until('diagnostics', () => vscode.languages.getDiagnostics(uri).length > 0, 120_000);
  const { lineNumber, text } = document.lineAt(at(document, ' = linalg.fill'));
  const place = new vscode.Position(lineNumber, text.length);
  const [keys, hovers] = [[], []];
  for (const [i, letter] of [...KEYS].entries()) {
    const begin = performance.now();
    await type(editor, place.translate(0, i), letter);
    keys.push(performance.now() - begin);
    await hoverText(uri, new vscode.Position(place.line + 1, 6));
    hovers.push(performance.now() - begin);
  }
  const memory = megabytes();
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  const plain = await plainKeys(document.getText(), place);
  measured({
    key: median(keys), worstKey: worst(keys), hover: median(hovers), worstHover: worst(hovers), plainKey: median(plain), worstPlainKey: worst(plain), memory,
  });
  assert.ok(median(keys) < KEY_MS);
});

async function plainKeys(content, place) {
  const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'ini', content }));
  const times = [];
  for (const [i, letter] of [...KEYS].entries()) {
    const begin = performance.now();
    await type(editor, place.translate(0, i), letter);
    times.push(performance.now() - begin);
  }
  return times;
}

function type(editor, place, letter) {
  return editor.edit((edit) => edit.insert(place, letter), { undoStopBefore: false, undoStopAfter: false });
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

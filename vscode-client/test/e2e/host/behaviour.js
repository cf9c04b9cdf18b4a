// What the extension does, seen from inside the extension host. Each test stands on the state that the one before left.
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const vscode = require('vscode');
const { EXTENSION, at, hoverText, open, test, until } = require('./support.js');

const RULES = ['channels-first-convolution', 'reshape-between-dispatches', 'standalone-transpose', 'unfused-elementwise-consumer'];

exports.run = async () => {
  const extension = vscode.extensions.getExtension(EXTENSION);
  await test('it is the installed extension', () => assert.match(extension.extensionPath, /extensions\/dispatch-lens\.dispatch-lens-/));
  const { uri, document } = await open('behaviour.mlir');
  const rules = () => vscode.languages.getDiagnostics(uri).map((diagnostic) => diagnostic.code?.value ?? diagnostic.code).sort();
  await test('the language is mlir', () => assert.equal(document.languageId, 'mlir'));
  await test('remarks appear', async () => {
    await until('diagnostics', () => rules().length >= RULES.length);
    assert.deepEqual(rules(), RULES);
  });
  const { panel, status } = extension.exports;

  await test('the hover of a permuted map says the permutation', async () => {
    assert.match(await hoverText(uri, at(document, 'affine_map<(d0, d1, d2, d3) -> (d2', 4)), /\[2, 3, 0, 1\]/);
  });
  await test('an op name, a value and an alias are one word each', () => {
    const word = (text) => document.getText(document.getWordRangeAtPosition(at(document, text, 2)));
    assert.equal(word('flow.dispatch.region'), 'flow.dispatch.region');
    assert.equal(word('%10 = linalg.generic'), '%10');
    assert.equal(word('@deeplab_block'), '@deeplab_block');
  });
  await test('the status bar counts', () => until('4 dispatches', () => /4 dispatches · 1 standalone transpose · predicted/.test(status.text)));
  await test('the panel lists dispatches with their remarks', async () => {
    const rows = await until('rows', () => (panel.getChildren().length === 4 ? panel.getChildren() : undefined));
    assert.match(rows[0].label, /transpose 259x259x1x32/);
    assert.deepEqual(rows[0].children.map((row) => row.label), ['standalone-transpose']);
  });
  await test('a click in the panel goes there', async () => {
    const { command } = panel.getTreeItem(panel.getChildren()[1]);
    await vscode.commands.executeCommand(command.command, ...command.arguments);
    const line = vscode.window.activeTextEditor.selection.active.line;
    assert.match(document.lineAt(line).text + document.lineAt(line + 1).text, /depthwise_conv/);
  });
  await test('the panel orders and filters', () => {
    panel.arrange('kind', '');
    assert.deepEqual(panel.getChildren().map((row) => row.label)[0], 'elementwise');
    panel.arrange('order', 'standalone');
    assert.equal(panel.getChildren().length, 1);
    panel.arrange('order', '');
  });
  await test('a rename stays in its scope', async () => {
    const edit = await vscode.commands.executeCommand('vscode.executeDocumentRenameProvider', uri, at(document, '%scale', 2), 'step');
    assert.equal(edit.get(uri).length, document.getText().match(/%scale\b/g).length);
  });
  await test('a log that is a dump becomes mlir, another log does not', async () => {
    const { document: dump } = await open('compile.log');
    await until('mlir', () => vscode.workspace.textDocuments.find((one) => one.fileName === dump.fileName).languageId === 'mlir');
    assert.notEqual((await open('notes.txt')).document.languageId, 'mlir');
  });
  await test('an unnamed file is read', async () => {
    const unnamed = await vscode.workspace.openTextDocument({ language: 'mlir', content: document.getText() });
    await vscode.window.showTextDocument(unnamed);
    await until('diagnostics', () => vscode.languages.getDiagnostics(unnamed.uri).length === RULES.length);
  });
  await test('no command is offered that the server does not know', async () => {
    const known = await vscode.commands.getCommands(true);
    for (const name of ['summary', 'dispatches']) assert.ok(known.includes(`dispatchLens.${name}`), name);
  });
  await test('a killed server comes back', async () => {
    const before = serverProcess();
    // Stopped first, so that it ends with questions unread: the pipe then breaks instead of ending.
    process.kill(before, 'SIGSTOP');
    const unread = hoverText(uri, at(document, 'affine_map', 4));
    process.kill(before, 'SIGKILL');
    await unread;
    await until('another server', () => { const now = serverProcess(); return now && now !== before; });
    await until('a hover', async () => /\[2, 3, 0, 1\]/.test(await hoverText(uri, at(document, 'affine_map<(d0, d1, d2, d3) -> (d2', 4))));
  });
  await test('a quick fix is applied and saved, and the count falls', async () => {
    await vscode.window.showTextDocument(document);
    const diagnostic = await until('the remark', () => vscode.languages.getDiagnostics(uri).find((one) => (one.code?.value ?? one.code) === 'standalone-transpose'));
    // The server answers without a fix when the search for one takes long; an editor asks again.
    const fix = await until('a fix', async () => {
      const actions = await vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, diagnostic.range, vscode.CodeActionKind.QuickFix.value, 10);
      assert.notEqual(actions.length, 0, 'no action');
      return actions.find((action) => action.edit && !/ignore/i.test(action.title));
    });
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    await until('the remark to go', () => !rules().includes('standalone-transpose'));
    assert.ok(await document.save());
    assert.ok(!fs.readFileSync(uri.fsPath, 'utf8').includes('linalg.yield %in : f32'));
    await until('3 dispatches', () => /^\$\(layers\) 3 dispatches/.test(status.text));
  });
};

/** The server is the child of this extension host that runs dispatch_lens. */
function serverProcess() {
  const rows = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n').map((row) => row.trim().split(/\s+/));
  const row = rows.find(([, parent, ...args]) => parent === String(process.pid) && args.includes('dispatch_lens'));
  return row && Number(row[0]);
}

// A quick fix, seen from inside the extension host. Apart from the other tests: it is the one that fails with a server without fixes.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const vscode = require('vscode');
const { EXTENSION, open, test, unlessCancelled, until } = require('./support.js');

/** Answers without any action, one after the other, until that is what the server says. */
const MOST_EMPTY = 10;

exports.run = async () => {
  const { uri, document } = await open('block.mlir');
  const rules = () => vscode.languages.getDiagnostics(uri).map((diagnostic) => diagnostic.code?.value ?? diagnostic.code);
  const { status } = await until('the extension', () => vscode.extensions.getExtension(EXTENSION).isActive && vscode.extensions.getExtension(EXTENSION).exports);
  await test('a quick fix is applied and saved, and the count falls', async () => {
    const diagnostic = await until('the remark', () => vscode.languages.getDiagnostics(uri).find((one) => (one.code?.value ?? one.code) === 'standalone-transpose'));
    // The server answers without a fix when the search for one takes long, and VS Code drops what it asked when a provider registers meanwhile; an editor asks again.
    let empty = 0;
    const fix = await until('a fix', async () => {
      const asked = vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, diagnostic.range, vscode.CodeActionKind.QuickFix.value, 10);
      const actions = (await unlessCancelled(asked)) ?? [];
      empty = actions.length === 0 ? empty + 1 : 0;
      assert.ok(empty < MOST_EMPTY, 'no action');
      return actions.find((action) => action.edit && !/ignore/i.test(action.title));
    });
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    await until('the remark to go', () => !rules().includes('standalone-transpose'));
    assert.ok(await document.save());
    assert.ok(!fs.readFileSync(uri.fsPath, 'utf8').includes('linalg.yield %in : f32'));
    await until('3 dispatches', () => /^\$\(layers\) 3 dispatches/.test(status.text));
  });
};

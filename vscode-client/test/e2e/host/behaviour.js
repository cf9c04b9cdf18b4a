// What the extension does, seen from inside the extension host. Each test stands on the state that the one before left.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const vscode = require('vscode');
const { EXTENSION, at, hoverText, open, serverProcesses, test, until } = require('./support.js');

const RULES = ['channels-first-convolution', 'reshape-between-dispatches', 'standalone-transpose', 'unfused-elementwise-consumer'];

exports.run = async () => {
  const extension = vscode.extensions.getExtension(EXTENSION);
  await test('it is the installed extension', () => assert.match(extension.extensionPath, /extensions\/dispatch-lens\.dispatch-lens-/));
  const { uri, document } = await open('block.mlir');
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
    await vscode.commands.executeCommand('dispatchLens.dispatches.focus');
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
    panel.arrange('program order', 'standalone');
    assert.equal(panel.getChildren().length, 1);
    panel.arrange('program order', '');
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
  await test('a dump that is pasted into an empty text becomes mlir', async () => {
    const empty = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'plaintext', content: '' }));
    await empty.edit((edit) => edit.insert(new vscode.Position(0, 0), document.getText()));
    await until('mlir', () => empty.document.isClosed || vscode.window.activeTextEditor.document.languageId === 'mlir');
    await until('diagnostics', () => vscode.languages.getDiagnostics(empty.document.uri).length === RULES.length);
  });
  await test('a file that lies on no disk is read', async () => {
    const remote = vscode.Uri.parse('elsewhere:/block.mlir');
    vscode.workspace.registerFileSystemProvider('elsewhere', oneFile(document.getText()), { isReadonly: true });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(remote));
    await until('diagnostics', () => vscode.languages.getDiagnostics(remote).length === RULES.length);
  });
  const bytecode = vscode.Uri.joinPath(uri, '../block.mlirbc');
  // There is none where no compiler is.
  if (fs.existsSync(bytecode.fsPath)) await test('bytecode is shown as a dump', async () => {
    await vscode.commands.executeCommand('vscode.open', bytecode);
    const dump = await until('the dump', () => vscode.workspace.textDocuments.find((one) => one.fileName.endsWith('block.mlirbc.mlir')));
    await until('its remarks', () => vscode.languages.getDiagnostics(dump.uri).length >= RULES.length);
    assert.match(dump.getText(), /flow\.dispatch\.region/);
    assert.deepEqual(vscode.window.tabGroups.activeTabGroup.activeTab.input.uri.toString(), dump.uri.toString());
  });
  await test('what is compared with another file is read', async () => {
    const before = vscode.Uri.joinPath(uri, '../before.mlir');
    await vscode.commands.executeCommand('vscode.diff', uri, before);
    await until('diagnostics', () => vscode.languages.getDiagnostics(before).length === RULES.length);
  });
  await test('its dispatches are compared with those of another file', async () => {
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('dispatchLens.compareWith', vscode.Uri.joinPath(uri, '../before.mlir'));
    const { original, modified } = await until('the diff', () => vscode.window.tabGroups.activeTabGroup.activeTab.input?.original?.scheme === 'dispatch-lens' && vscode.window.tabGroups.activeTabGroup.activeTab.input);
    const [one, other] = await Promise.all([original, modified].map(async (each) => (await vscode.workspace.openTextDocument(each)).getText()));
    assert.equal(one.trim().split('\n').length, 4);
    assert.equal(one, other);
  });
  await test('it is told why a dispatch is not fused with the next', async () => {
    const editor = await vscode.window.showTextDocument(document);
    const place = at(document, 'linalg.depthwise_conv');
    editor.selection = new vscode.Selection(place, place);
    await vscode.commands.executeCommand('dispatchLens.whyNotFused');
    await until('the answer', () => vscode.window.tabGroups.all.some((group) => group.tabs.some((tab) => tab.label === 'block.mlir why not fused')));
    assert.equal(vscode.window.activeTextEditor?.document, document, 'the dump keeps the keys');
  });
  await test('the graph stands beside', async () => {
    await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
    await vscode.commands.executeCommand('dispatchLens.showGraph');
    await until('the graph', () => vscode.window.tabGroups.all.some((group) => group.tabs.some((tab) => tab.label === 'block.mlir graph')));
  });
  await test('a dispatch is explained, and cut out as a module', async () => {
    const editor = await vscode.window.showTextDocument(document);
    const place = at(document, 'linalg.depthwise_conv');
    editor.selection = new vscode.Selection(place, place);
    await vscode.commands.executeCommand('dispatchLens.explainDispatch');
    await until('the explanation', () => vscode.window.tabGroups.all.some((group) => group.tabs.some((tab) => tab.label === 'block.mlir dispatch')));
    await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
    await vscode.commands.executeCommand('dispatchLens.extractDispatch');
    const cut = await until('the module', () => vscode.workspace.textDocuments.find((one) => one.isUntitled && one.getText().length < document.getText().length));
    assert.match(cut.getText(), /func[^]*linalg\.depthwise_conv_2d_nchw_chw/);
  });
  await test('beside the LLVM extension nothing is said twice', async () => {
    await vscode.extensions.getExtension('llvm-vs-code-extensions.vscode-mlir').activate();
    assert.equal(await hoverText(uri, at(document, '%1 = flow', 1)), 'the neighbour knows %1');
    assert.match(await hoverText(uri, at(document, 'affine_map<(d0, d1, d2, d3) -> (d2', 4)), /\[2, 3, 0, 1\]/);
  });
  await test('no command is offered that the server does not know', async () => {
    const known = await vscode.commands.getCommands(true);
    for (const name of ['summary', 'dispatches']) assert.ok(known.includes(`dispatchLens.${name}`), name);
  });
  await test('the server is restarted by a command', async () => {
    const before = serverProcess();
    await vscode.commands.executeCommand('dispatchLens.restartServer');
    await until('another server', () => { const now = serverProcess(); return now && now !== before; });
    await until('remarks', () => rules().length >= RULES.length);
  });
  await test('the log in front hides nothing', async () => {
    await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
    await vscode.commands.executeCommand('dispatchLens.showLog');
    await vscode.commands.executeCommand('workbench.panel.output.focus');
    await until('the log', () => vscode.window.activeTextEditor?.document.uri.scheme === 'output');
    await vscode.commands.executeCommand('dispatchLens.showSummary');
    await until('the summary', () => vscode.window.tabGroups.all.some((group) => group.tabs.some((tab) => tab.label === 'block.mlir summary')));
    await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
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
};

/** A file system that holds this text under every name. */
function oneFile(text) {
  const content = new TextEncoder().encode(text);
  const refused = () => { throw vscode.FileSystemError.NoPermissions(); };
  return {
    createDirectory: refused, writeFile: refused, delete: refused, rename: refused,
    onDidChangeFile: () => ({ dispose() {} }), watch: () => ({ dispose() {} }), readDirectory: () => [],
    stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: content.length }), readFile: () => content,
  };
}

/** The server is the child of this extension host. */
function serverProcess() {
  return serverProcesses().find(({ parent }) => parent === process.pid)?.pid;
}

// What the files of this folder share: waiting on a condition, and a list of what passed.
const vscode = require('vscode');

const EXTENSION = 'dispatch-lens.dispatch-lens';

async function until(what, condition, limit = 300_000) {
  const end = Date.now() + limit;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`timeout: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

async function test(name, body) {
  try {
    await body();
  } catch (error) {
    console.log(`not ok - ${name}: ${error.stack}`);
    throw error;
  }
  console.log(`ok - ${name}`);
}

async function open(name) {
  const uri = vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, name);
  const document = await vscode.workspace.openTextDocument(uri);
  const editor = await vscode.window.showTextDocument(document);
  return { uri, document, editor };
}

/** The position of a text in a document, plus so many characters. */
function at(document, text, plus = 0) {
  const offset = document.getText().indexOf(text);
  if (offset < 0) throw new Error(`not in the document: ${text}`);
  return document.positionAt(offset + plus);
}

const hoverText = async (uri, position) => {
  const hovers = await vscode.commands.executeCommand('vscode.executeHoverProvider', uri, position);
  return hovers.flatMap((hover) => hover.contents).map((content) => content.value ?? content).join('\n');
};

module.exports = { EXTENSION, at, hoverText, open, test, until };

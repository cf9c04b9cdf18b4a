// What the files of this folder share: waiting on a condition, and a list of what passed.
const fs = require('node:fs');
const vscode = require('vscode');

const EXTENSION = 'dispatch-lens.dispatch-lens';

async function until(what, condition, limit = 60_000) {
  const end = Date.now() + limit;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`timeout: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

/** What was asked of VS Code; undefined when it cancelled that by itself. */
async function unlessCancelled(asked) {
  try {
    return await asked;
  } catch (error) {
    if (error.name === 'Canceled') return undefined;
    throw error;
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

/** Tells numbers by their names to the run outside. */
function measured(numbers) {
  console.log(`measured: ${JSON.stringify(numbers)}`);
}

/** The processes of this machine that run the server or a part of it. */
function serverProcesses() {
  return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const args = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const parent = Number(/PPid:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
      return args.some((word) => /^dispatch_lens\b/.test(word)) ? [{ pid: Number(pid), parent }] : [];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
}

module.exports = { EXTENSION, at, hoverText, measured, open, serverProcesses, test, unlessCancelled, until };

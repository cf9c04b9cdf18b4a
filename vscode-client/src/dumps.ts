/** Dumps under other names: texts and logs whose first lines are IR, and files that VS Code keeps from extensions. */
import * as vscode from 'vscode';
import { type Program, commandLine } from './findServer';
import { startsLikeDump } from './firstLines';

const FIRST_LINES = 40;
const DUMP_NAME = /\.mlir$/;

/** Turns a plain text that is a dump into the language `mlir`, and calls `start` when there is a dump to read. */
export function recogniseDumps(start: () => void, program: () => Program | undefined): vscode.Disposable {
  const look = (document: vscode.TextDocument): void => {
    if (document.languageId === 'mlir') {
      void vscode.commands.executeCommand('setContext', 'dispatchLens.hasDump', true);
      return start();
    }
    if (!['plaintext', 'log'].includes(document.languageId) || document.uri.scheme === 'output') return;
    const head = document.getText(new vscode.Range(0, 0, FIRST_LINES, 0));
    if (startsLikeDump(head)) void vscode.languages.setTextDocumentLanguage(document, 'mlir');
  };
  vscode.workspace.textDocuments.forEach(look);
  tellTooLarge(vscode.window.tabGroups.all.flatMap((group) => group.tabs), program);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument((event) => event.document.isUntitled && event.contentChanges.some(isPasted) && look(event.document)),
    vscode.window.tabGroups.onDidChangeTabs((event) => tellTooLarge([...event.opened, ...event.changed], program)),
  );
}

/** Several lines at once, where they tell what the text is. */
function isPasted(change: vscode.TextDocumentContentChangeEvent): boolean {
  return change.range.start.line < FIRST_LINES && change.text.includes('\n');
}

/** Whether the folder holds a file that is a dump by its name. While no text is open, nothing else wakes this extension. */
export async function isFolderOfDumps(): Promise<boolean> {
  if (vscode.workspace.textDocuments.length === 0) return true;
  const [one] = await vscode.workspace.findFiles('**/*.mlir', undefined, 1);
  return one !== undefined;
}

/** The file of the dump that is looked at; while no editor is drawn, of the one that is open, else of the only one of the folder. */
export async function firstDump(): Promise<string | undefined> {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const shown = input instanceof vscode.TabInputText ? input.uri : undefined;
  const first = shown ?? vscode.workspace.textDocuments.find((document) => document.languageId === 'mlir')?.uri ?? (await onlyDump());
  return first?.scheme === 'file' && DUMP_NAME.test(first.path) ? first.fsPath : undefined;
}

/** Beside the folder's other files, not in folders of it. */
async function onlyDump(): Promise<vscode.Uri | undefined> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (!folder) return undefined;
  const files = await vscode.workspace.fs.readDirectory(folder.uri).then((found) => found, () => []);
  const [first, ...others] = files.filter(([name]) => DUMP_NAME.test(name));
  return first && others.length === 0 ? vscode.Uri.joinPath(folder.uri, first[0]) : undefined;
}

const told = new Set<string>();

/** VS Code hands no file above 50 MB to extensions; silence would look like "nothing found". */
function tellTooLarge(tabs: readonly vscode.Tab[], program: () => Program | undefined): void {
  for (const { input } of tabs) {
    if (input instanceof vscode.TabInputText && DUMP_NAME.test(input.uri.path)) void tellIfTooLarge(input.uri, program);
  }
}

async function tellIfTooLarge(uri: vscode.Uri, program: () => Program | undefined): Promise<void> {
  const { size } = await vscode.workspace.fs.stat(uri).then((found) => found, () => ({ size: 0 }));
  if (size <= 50 * 1024 * 1024 || told.has(uri.toString())) return;
  told.add(uri.toString());
  const message = `${vscode.workspace.asRelativePath(uri)} is larger than the 50 MB that VS Code shows to extensions. The command line reads it.`;
  const copy = 'Copy the Command';
  if ((await vscode.window.showWarningMessage(message, copy)) === copy) {
    await vscode.env.clipboard.writeText(`${commandLine(program())} check "${uri.fsPath}"`);
  }
}

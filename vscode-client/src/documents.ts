/** Answers of the server, shown: read-only texts beside the dump, Markdown as a preview, IR as a new file. */
import * as vscode from 'vscode';

const SCHEME = 'dispatch-lens';
const texts = new Map<string, string>();
const changes = new vscode.EventEmitter<vscode.Uri>();

export function answerDocuments(): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changes.event,
      provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? 'This answer belongs to an earlier session.',
    }),
    vscode.workspace.onDidCloseTextDocument((document) => texts.delete(document.uri.toString())),
  );
}

/** The address of a read-only text; the ending of its name, where it has one, says the language. */
export function answer(name: string, text: string): vscode.Uri {
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}` });
  texts.set(uri.toString(), text);
  changes.fire(uri);
  return uri;
}

export async function showTextBeside(name: string, text: string): Promise<void> {
  await vscode.window.showTextDocument(answer(name, text), { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
}

/** A table has long lines: it takes the whole width. */
export async function showTable(name: string, text: string): Promise<void> {
  await vscode.window.showTextDocument(answer(name, text), { preview: false });
}

/** Rendered where the Markdown extension is on, as text where it is not. The dump keeps the focus: its count and its commands stay. */
export async function showMarkdown(name: string, markdown: string): Promise<void> {
  const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true };
  const isRendered = vscode.extensions.getExtension('vscode.markdown-language-features') !== undefined;
  await vscode.commands.executeCommand('vscode.openWith', answer(name, markdown), isRendered ? 'vscode.markdown.preview.editor' : 'default', beside);
}

export async function showNewDump(content: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'mlir', content }));
}

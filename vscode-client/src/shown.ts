/** The dump that is looked at, and when what is said of it has to be asked anew. */
import * as vscode from 'vscode';
import type { Server } from './client';

const QUIET_MS = 250;

export function shownDump(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === 'mlir' ? document : undefined;
}

/** Calls `refresh` with the shown dump after each change of it, of its diagnostics, of the editor and of the server. */
export function onShownDump(server: Server, refresh: (dump: vscode.TextDocument | undefined) => Promise<void>): vscode.Disposable {
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(shownDump()), QUIET_MS);
  };
  const isShown = (uri: vscode.Uri): boolean => uri.toString() === shownDump()?.uri.toString();
  soon();
  return vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(soon),
    vscode.workspace.onDidChangeTextDocument((event) => isShown(event.document.uri) && soon()),
    vscode.workspace.onDidOpenTextDocument(soon),
    vscode.languages.onDidChangeDiagnostics((event) => event.uris.some(isShown) && soon()),
    server.onDidChange(soon),
    { dispose: () => clearTimeout(timer) },
  );
}

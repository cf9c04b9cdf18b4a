/** The dump that is looked at, and what the server says of it, asked anew after each change. */
import * as vscode from 'vscode';
import type { Server } from './client';

const QUIET_MS = 250;

/** Where an answer is shown: nothing is asked while nobody can see it. A tree view is such a place. */
export interface Sight { readonly visible: boolean; readonly onDidChangeVisibility: vscode.Event<unknown> }

/** Shows one answer of the server about the dump in front. */
export interface Viewer<T> {
  readonly sight: Sight;
  /** No dump is in front. */
  away(): void;
  /** The server is asked; while it works, the last answer is another text's where `isAnother` says so. */
  waiting(isAnother: boolean): void;
  show(dump: vscode.TextDocument, answer: T | undefined): void;
}

let lastDump: vscode.TextDocument | undefined;

/** The dump in front; where a page, a picture or the log is in front, the dump beside it. */
export function shownDump(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  if (document && document.uri.scheme !== 'output') lastDump = document.languageId === 'mlir' ? document : undefined;
  return vscode.window.visibleTextEditors.some((editor) => editor.document === lastDump) ? lastDump : undefined;
}

/** Keeps the condition of commands that need a dump. */
export function tellWhetherShown(): vscode.Disposable {
  const tell = (): void => void vscode.commands.executeCommand('setContext', 'dispatchLens.isDumpShown', shownDump() !== undefined);
  tell();
  return vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(tell), vscode.window.onDidChangeVisibleTextEditors(tell), vscode.workspace.onDidOpenTextDocument(tell),
  );
}

/** Asks the command after each change of the dump, of its diagnostics, of the editor and of the server; a newer question ends an older one. */
export function viewShownDump<T>(server: Server, command: string, viewer: Viewer<T>): vscode.Disposable {
  let timer: NodeJS.Timeout | undefined;
  let asked = new vscode.CancellationTokenSource();
  let answered: string | undefined;
  const refresh = async (): Promise<void> => {
    asked.cancel();
    const dump = shownDump();
    if (!viewer.sight.visible) return;
    if (!dump) return viewer.away();
    const { token } = (asked = new vscode.CancellationTokenSource());
    const uri = dump.uri.toString();
    viewer.waiting(uri !== answered);
    const answer = await server.ask<T>(command, { uri }, token);
    if (token.isCancellationRequested) return;
    answered = uri;
    viewer.show(dump, answer);
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), QUIET_MS);
  };
  const isShown = (uri: vscode.Uri): boolean => uri.toString() === shownDump()?.uri.toString();
  soon();
  return vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(soon),
    vscode.workspace.onDidChangeTextDocument((event) => isShown(event.document.uri) && soon()),
    vscode.workspace.onDidOpenTextDocument(soon),
    vscode.languages.onDidChangeDiagnostics((event) => event.uris.some(isShown) && soon()),
    server.onDidChange(soon),
    viewer.sight.onDidChangeVisibility(soon),
    { dispose: () => { clearTimeout(timer); asked.cancel(); } },
  );
}

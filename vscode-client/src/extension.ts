/** Wires the parts together. */
import * as vscode from 'vscode';
import { bytecodeEditors } from './bytecode';
import { Server } from './client';
import { commands } from './commands';
import { compilerNote } from './compiler';
import { DispatchPanel } from './dispatchPanel';
import { answerDocuments } from './documents';
import { isFolderOfDumps, recogniseDumps } from './dumps';
import { tellWhetherShown } from './shown';
import { type StatusBar, statusBar } from './statusBar';

let server: Server | undefined;

/** What tests may look at. */
export interface Shown { panel: DispatchPanel; status: StatusBar['item'] }

export function activate(context: vscode.ExtensionContext): Shown {
  server = new Server(context);
  const running = server;
  const compiler = compilerNote(running, context);
  const status = statusBar(running, compiler);
  const panel = new DispatchPanel(running);
  context.subscriptions.push(
    running, compiler, status, panel, answerDocuments(), bytecodeEditors(running),
    commands(running, panel, context),
    recogniseDumps(() => void running.start(), () => running.program), tellWhetherShown(),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void running.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      const restart = ['dispatchLens.serverPath', 'dispatchLens.pythonPath'].some((name) => event.affectsConfiguration(name));
      if (restart) void running.restart();
    }),
  );
  void isFolderOfDumps().then((is) => (is ? running.startAhead() : undefined), () => undefined);
  return { panel, status: status.item };
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}

/** The count of the shown dump in the status bar; a click shows the summary. */
import * as vscode from 'vscode';
import type { Server } from './client';
import type { CompilerNote } from './compiler';
import type { Summary } from './contract';
import { onShownDump } from './shown';
import { statusText, summaryInWords } from './words';

export interface StatusBar extends vscode.Disposable { readonly item: vscode.StatusBarItem }

export function statusBar(server: Server, compiler: CompilerNote): StatusBar {
  const item = vscode.window.createStatusBarItem('dispatchLens.summary', vscode.StatusBarAlignment.Left, 10);
  item.name = 'Dispatch Lens';
  item.command = 'dispatchLens.showSummary';
  const shown = onShownDump(server, async (dump) => {
    if (!dump) return item.hide();
    const summary = await server.ask<Summary>('summary', { uri: dump.uri.toString() });
    item.text = summary ? statusText(summary) : '$(circle-slash) Dispatch Lens';
    item.tooltip = summary ? new vscode.MarkdownString(`${summaryInWords(summary)}\n\n${await compiler.inWords()}`) : 'The server does not run';
    item.show();
  });
  return { item, dispose: () => vscode.Disposable.from(item, shown).dispose() };
}

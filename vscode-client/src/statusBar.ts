/** The count of the shown dump in the status bar; a click shows the summary. */
import * as vscode from 'vscode';
import type { Server } from './client';
import type { CompilerNote } from './compiler';
import type { Summary } from './contract';
import { type Sight, viewShownDump } from './shown';
import { statusText, summaryInWords } from './words';

type Words = [text: string, tooltip: string];

function withoutAnswer({ state, problem }: Server): Words {
  const words: Record<Server['state'], Words> = {
    starting: ['$(loading~spin) Dispatch Lens', 'The server starts'],
    running: ['$(warning) Dispatch Lens', 'The server gave no answer; its log says why'],
    absent: ['$(circle-slash) Dispatch Lens', problem ?? 'The server does not run'],
  };
  return words[state];
}

const ALWAYS: Sight = { visible: true, onDidChangeVisibility: new vscode.EventEmitter<unknown>().event };

export interface StatusBar extends vscode.Disposable { readonly item: vscode.StatusBarItem }

export function statusBar(server: Server, compiler: CompilerNote): StatusBar {
  const item = vscode.window.createStatusBarItem('dispatchLens.summary', vscode.StatusBarAlignment.Left, 10);
  item.name = 'Dispatch Lens';
  item.command = 'dispatchLens.showSummary';
  const say = (text: string, tooltip: string | vscode.MarkdownString): void => {
    [item.text, item.tooltip] = [text, tooltip];
    item.show();
  };
  const shown = viewShownDump<Summary>(server, 'summary', {
    sight: ALWAYS,
    away: () => item.hide(),
    waiting: (isAnother) => isAnother && say('$(loading~spin) Dispatch Lens', 'The file is being read'),
    show: (_dump, summary) => {
      if (!summary) return say(...withoutAnswer(server));
      say(statusText(summary), summaryInWords(summary));
      void compiler.inWords().then((words) => say(item.text, new vscode.MarkdownString(`${summaryInWords(summary)}\n\n${words}`)));
    },
  });
  return { item, dispose: () => vscode.Disposable.from(item, shown).dispose() };
}

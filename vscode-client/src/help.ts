/** What a person is offered when the server cannot be found or does not stay, or gives no answer. */
import * as vscode from 'vscode';
import type { Problem } from './findServer';

export async function offerHelp({ problem }: Problem, log: vscode.LogOutputChannel): Promise<void> {
  await offer(problem, {
    'Choose a Python…': () => vscode.commands.executeCommand('workbench.action.openSettings', 'dispatchLens.pythonPath'),
    'Get Python': () => vscode.env.openExternal(vscode.Uri.parse('https://www.python.org/downloads/')),
    'Show Log': () => log.show(),
  });
}

export async function offerRestart(restart: () => unknown, log: vscode.LogOutputChannel): Promise<void> {
  await offer('The Dispatch Lens server has ended five times in three minutes.', { Restart: restart, 'Show Log': () => log.show() });
}

/** A message with something to click is shown whole. */
export async function tellFailure(what: string, log: vscode.LogOutputChannel): Promise<void> {
  const showLog = 'Show Log';
  if ((await vscode.window.showWarningMessage(what, showLog)) === showLog) log.show();
}

async function offer(problem: string, help: Record<string, () => unknown>): Promise<void> {
  const click = await vscode.window.showErrorMessage(problem, ...Object.keys(help));
  if (click) await help[click]?.();
}

/** What a person is offered when the server cannot be found or does not stay, or gives no answer. */
import * as vscode from 'vscode';
import type { Problem } from './findServer';

const HELP = '[Choose a Python…](command:dispatchLens.choosePython) · [Get Python](https://www.python.org/downloads/) · [Show Log](command:dispatchLens.showLog)';

/** Says what is missing, until somebody closes it or a start is tried again. A message with buttons would stay when nothing is missing any more. */
export async function offerHelp({ problem }: Problem, triedAgain: vscode.Event<void>): Promise<void> {
  const options = { location: vscode.ProgressLocation.Notification, title: `${problem} ${HELP}`, cancellable: true };
  await vscode.window.withProgress(options, (_steps, closed) => Promise.race([once(triedAgain), once(closed.onCancellationRequested)]));
}

/** Opens the setting where it can be set: for a window on another machine, among that machine's. */
export async function choosePython(): Promise<void> {
  const page = vscode.env.remoteName ? 'openRemoteSettings' : 'openSettings2';
  await vscode.commands.executeCommand(`workbench.action.${page}`, { query: 'dispatchLens.pythonPath' });
}

export async function offerRestart(restart: () => unknown, log: vscode.LogOutputChannel): Promise<void> {
  const help: Record<string, () => unknown> = { Restart: restart, 'Show Log': () => log.show() };
  const click = await vscode.window.showErrorMessage('The Dispatch Lens server has ended five times in three minutes.', ...Object.keys(help));
  if (click) await help[click]?.();
}

/** A message with something to click is shown whole. */
export async function tellFailure(what: string, log: vscode.LogOutputChannel): Promise<void> {
  const showLog = 'Show Log';
  if ((await vscode.window.showWarningMessage(what, showLog)) === showLog) log.show();
}

function once(event: vscode.Event<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const waiting = event(() => { waiting.dispose(); resolve(); });
  });
}

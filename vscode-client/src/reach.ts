/** Commands of the server that need the editor: it reaches neither the clipboard nor a page. */
import * as vscode from 'vscode';
import type { ExecuteCommandSignature } from 'vscode-languageclient/node';

/** The clipboard for a flag, a rendered page for a rule. */
export async function withEditor(command: string, words: unknown[], next: ExecuteCommandSignature): Promise<unknown> {
  if (command === 'dispatchLens.openPage') return vscode.commands.executeCommand('dispatchLens.explainRule', (words[0] as { rule: string }).rule);
  const answered = (await next(command, words)) as { flag?: string } | null;
  if (command === 'dispatchLens.copyFlag' && answered?.flag) await vscode.env.clipboard.writeText(answered.flag);
  return answered;
}

/** What the compiler's own parser says of a file, until the file changes. */
import * as vscode from 'vscode';
import type { Server } from './client';
import { tellFailure } from './help';
import { counted } from './words';

interface Verdict { diagnostics: { message: string; range: vscode.Range }[]; failure?: string }

export class Verdicts implements vscode.Disposable {
  private readonly found = vscode.languages.createDiagnosticCollection('dispatch-lens compiler');
  private readonly stale = vscode.workspace.onDidChangeTextDocument(({ document }) => this.found.delete(document.uri));

  constructor(private readonly server: Server) {}

  async verify(dump: vscode.TextDocument): Promise<void> {
    const verdict = await this.server.ask<Verdict>('verify', { uri: dump.uri.toString() });
    if (!verdict) return;
    if (verdict.failure) return tellFailure(`Not verified: ${verdict.failure}`, this.server.log);
    this.found.set(dump.uri, verdict.diagnostics.map(({ range: { start, end }, message }) =>
      new vscode.Diagnostic(new vscode.Range(start.line, start.character, end.line, end.character), message)));
    const count = verdict.diagnostics.length;
    const said = count === 0 ? "The compiler's parser takes this file" : `The compiler's parser finds ${counted(count, 'error')}`;
    vscode.window.setStatusBarMessage(said, 6000);
  }

  dispose(): void {
    vscode.Disposable.from(this.found, this.stale).dispose();
  }
}

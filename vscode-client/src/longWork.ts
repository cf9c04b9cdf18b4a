/** Work of the server that takes long: a notification with its steps, and a way to cancel it. */
import * as vscode from 'vscode';
import type { Middleware, ProgressToken } from 'vscode-languageclient/node';

type Steps = vscode.Progress<{ message?: string }>;

export class LongWork {
  private readonly shown = new Map<string, Steps>();
  private readonly steps = new Map<ProgressToken, Steps>();

  /** Runs `ask` under a notification; what the server reports under the same title appears in it. */
  run<T>(title: string, ask: (token: vscode.CancellationToken) => Promise<T>): Thenable<T> {
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    return vscode.window.withProgress(options, async (steps, token) => {
      this.shown.set(title, steps);
      return ask(token).finally(() => this.shown.delete(title));
    });
  }

  /** The client would show the same report a second time, in the status bar and without a way to cancel. */
  readonly heard: NonNullable<Middleware['handleWorkDoneProgress']> = (token, report, next) => {
    const begun = report.kind === 'begin' ? this.shown.get(report.title) : undefined;
    if (begun) this.steps.set(token, begun);
    const steps = this.steps.get(token);
    if (!steps || report.kind === 'end') {
      this.steps.delete(token);
      return next(token, report);
    }
    steps.report({ message: report.message });
  };
}

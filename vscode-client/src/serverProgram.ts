/** Which program is the server of this window: the one of last time at once, else the one that is found by asking the candidates. */
import * as vscode from 'vscode';
import { type Problem, type Program, type Surroundings, answersOf, findServer } from './findServer';
import { keepProgram, lastProgram } from './lastProgram';
import { chosenPython, hasPythonExtension, programSetting } from './trust';

export class ServerProgram {
  private readonly file: string;
  private readonly bundled: string;

  constructor(context: vscode.ExtensionContext) {
    this.file = vscode.Uri.joinPath(context.globalStorageUri, 'server.json').fsPath;
    this.bundled = context.asAbsolutePath('bundled');
  }

  last(): Program | undefined {
    return lastProgram(this.file, this.decidedBy());
  }

  /** Asks the candidates one after another, and keeps the answer for the next start. */
  async find(): Promise<Program | Problem> {
    const decidedBy = this.decidedBy();
    const found = await findServer({ ...this.named(), chosenPython, answers: answersOf(this.bundled) });
    if (!('problem' in found)) keepProgram(this.file, decidedBy, found);
    return found;
  }

  private named(): Pick<Surroundings, 'serverPath' | 'pythonPath' | 'searchPath' | 'bundled'> {
    return {
      serverPath: programSetting('serverPath'), pythonPath: programSetting('pythonPath'), searchPath: process.env['PATH'] ?? '', bundled: this.bundled,
    };
  }

  /** The Python extension chooses for each folder anew, and in trusted ones only. */
  private decidedBy(): unknown {
    const folder = hasPythonExtension() ? vscode.workspace.workspaceFolders?.[0]?.uri.toString() : undefined;
    return { ...this.named(), isTrusted: vscode.workspace.isTrusted, folder };
  }
}

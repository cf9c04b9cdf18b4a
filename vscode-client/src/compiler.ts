/** IREE's compiler: its version in words, one offer to install it, and the installation into a private environment. */
import { execFile } from 'node:child_process';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Server } from './client';
import type { Compiler } from './contract';

const ASKED = 'compilerOffered';
const PACKAGE = 'iree-base-compiler';

export interface CompilerNote { inWords(): Promise<string> }

/** Asks the server once a start which compilers there are, and offers to install one when there is none: once ever. */
export function compilerNote(server: Server, context: vscode.ExtensionContext): CompilerNote & vscode.Disposable {
  let found: Promise<Compiler[] | undefined> | undefined;
  const forget = server.onDidChange(() => { found = undefined; });
  const inWords = async (): Promise<string> => {
    if (!vscode.workspace.isTrusted) return 'The workspace is not trusted: no compiler runs.';
    found ??= server.ask<Compiler[]>('compilers', {});
    const compilers = await found;
    if (compilers?.length === 0) void offer(server, context);
    return compilers?.length ? compilers.map(said).join('\n\n') : 'No IREE compiler: nothing is proved.';
  };
  return { inWords, dispose: () => forget.dispose() };
}

export async function installCompiler(server: Server, context: vscode.ExtensionContext): Promise<void> {
  const { program } = server;
  if (!program?.python) {
    void vscode.window.showInformationMessage(`The server is a program of its own. Install ${PACKAGE} beside it: pip install ${PACKAGE}`);
    return;
  }
  const folder = privateEnvironment(context);
  const python = path.join(programsOf(folder), 'python');
  const options = { location: vscode.ProgressLocation.Notification, title: `Installing ${PACKAGE}`, cancellable: true };
  try {
    await vscode.workspace.fs.createDirectory(context.globalStorageUri);
    await vscode.window.withProgress(options, async (_progress, token) => {
      await run(program.python ?? 'python3', ['-m', 'venv', folder], token);
      await run(python, ['-m', 'pip', 'install', '--disable-pip-version-check', PACKAGE], token);
    });
    await server.restart();
  } catch (error) {
    server.log.error(String(error));
    void vscode.window.showErrorMessage(`${PACKAGE} was not installed; the log says why.`, 'Show Log').then((click) => click && server.log.show());
  }
}

/** The PATH of the server: what lies in the private environment comes last. */
export function searchPathWithCompiler(context: vscode.ExtensionContext): string {
  return [process.env['PATH'] ?? '', programsOf(privateEnvironment(context))].join(path.delimiter);
}

function said(compiler: Compiler): string {
  return 'failure' in compiler ? compiler.failure : `Compiler: IREE ${compiler.version}`;
}

async function offer(server: Server, context: vscode.ExtensionContext): Promise<void> {
  if (context.globalState.get(ASKED)) return;
  await context.globalState.update(ASKED, true);
  const install = 'Install';
  const text = `IREE's compiler was not found. With it, remarks can be proved. Install ${PACKAGE} (about 100 MB) into an environment of this extension?`;
  if ((await vscode.window.showInformationMessage(text, install, 'Not Now')) === install) await installCompiler(server, context);
}

function privateEnvironment(context: vscode.ExtensionContext): string {
  return vscode.Uri.joinPath(context.globalStorageUri, 'compiler').fsPath;
}

function programsOf(environment: string): string {
  return path.join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');
}

function run(command: string, args: string[], token: vscode.CancellationToken): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, (error, _stdout, stderr) => (error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve()));
    token.onCancellationRequested(() => child.kill());
  });
}

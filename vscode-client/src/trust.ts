/** What an untrusted workspace may decide: nothing that starts a program. */
import * as vscode from 'vscode';

/** A path setting; in an untrusted workspace only what the user or the machine says. */
export function programSetting(name: 'serverPath' | 'pythonPath'): string | undefined {
  const settings = vscode.workspace.getConfiguration('dispatchLens');
  const value = vscode.workspace.isTrusted ? settings.get<string | null>(name) : settings.inspect<string | null>(name)?.globalValue;
  return value || undefined;
}

/** The interpreter that the Python extension has chosen; it may lie inside the workspace. */
export async function chosenPython(): Promise<string | undefined> {
  const extension = pythonExtension();
  if (!vscode.workspace.isTrusted || !extension) return undefined;
  const api = await extension.activate();
  const chosen = api?.environments?.getActiveEnvironmentPath();
  return chosen && (await api?.environments?.resolveEnvironment(chosen))?.executable.uri?.fsPath;
}

export function hasPythonExtension(): boolean {
  return pythonExtension() !== undefined;
}

function pythonExtension(): vscode.Extension<PythonExtension | undefined> | undefined {
  return vscode.extensions.getExtension('ms-python.python');
}

interface PythonExtension {
  environments?: {
    getActiveEnvironmentPath(): { path: string };
    resolveEnvironment(chosen: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

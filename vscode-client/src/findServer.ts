/** Which program is the server: the one that a setting names, an installed one, or the one inside the extension. Knows nothing of VS Code. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import * as path from 'node:path';

export interface Program { command: string; args: string[]; cwd: string; python?: string }
export interface Problem { problem: string }

export interface Surroundings {
  serverPath: string | undefined;
  pythonPath: string | undefined;
  /** The Python extension's choice, when there is one and the workspace may choose. */
  chosenPython: () => Promise<string | undefined>;
  searchPath: string;
  bundled: string;
  answers: (command: string, args: string[]) => Promise<string | undefined>;
}

export async function findServer(around: Surroundings): Promise<Program | Problem> {
  if (around.serverPath) {
    return (await serves(around, around.serverPath))
      ?? { problem: `\`${around.serverPath}\` of the setting dispatchLens.serverPath does not answer \`serve --help\`.` };
  }
  const installed = onPath('dispatch-lens', around.searchPath);
  return (installed === undefined ? undefined : await serves(around, installed)) ?? withPython(around);
}

/** How a shell starts what a server is part of; the one inside the extension is a package beside which it is started. */
export function commandLine(program: Program | undefined): string {
  if (program?.python) return `cd "${program.cwd}" && "${program.python}" -m dispatch_lens`;
  return program?.command ?? 'dispatch-lens';
}

/** What a program prints, or undefined when it fails or takes longer than half a minute. It runs outside the workspace. */
export function answersOf(cwd: string): Surroundings['answers'] {
  return (command, args) => new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: 30_000, windowsHide: true }, (error, stdout) => resolve(error ? undefined : stdout));
  });
}

async function withPython(around: Surroundings): Promise<Program | Problem> {
  if (around.pythonPath) {
    return (await modern(around, around.pythonPath))
      ?? { problem: `\`${around.pythonPath}\` of the setting dispatchLens.pythonPath is not a Python of 3.10 or later.` };
  }
  const names = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  const candidates = [await around.chosenPython(), ...names.map((name) => onPath(name, around.searchPath))];
  for (const python of new Set(candidates)) {
    const program = python && (await modern(around, python));
    if (program) return program;
  }
  return { problem: 'Dispatch Lens needs Python 3.10 or later, and none was found.' };
}

async function serves(around: Surroundings, command: string): Promise<Program | undefined> {
  const answer = await around.answers(command, ['serve', '--help']);
  return answer === undefined ? undefined : { command, args: ['serve'], cwd: around.bundled };
}

async function modern(around: Surroundings, python: string): Promise<Program | undefined> {
  const answer = await around.answers(python, ['-S', '-c', 'import sys; print(sys.executable if sys.version_info >= (3, 10) else "")']);
  // A shim that chooses among interpreters is asked here, not at each start.
  const itself = answer?.trim();
  return itself ? { command: itself, args: ['-u', '-m', 'dispatch_lens', 'serve'], cwd: around.bundled, python: itself } : undefined;
}

/** Only absolute folders count: a relative one could lead into the workspace. */
function onPath(name: string, searchPath: string): string | undefined {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  const files = searchPath.split(path.delimiter).filter(path.isAbsolute)
    .flatMap((folder) => endings.map((ending) => path.join(folder, name + ending)));
  return files.find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

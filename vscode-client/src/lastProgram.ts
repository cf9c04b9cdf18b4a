/** The program that was the server last time, kept in a file for as long as what decides about it stays the same. Knows nothing of VS Code. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Program } from './findServer';

interface Kept { decidedBy: unknown; program: Program }

/** Undefined where something else decided, or where the program is gone. */
export function lastProgram(file: string, decidedBy: unknown): Program | undefined {
  try {
    const kept = JSON.parse(fs.readFileSync(file, 'utf8')) as Kept;
    if (JSON.stringify(kept.decidedBy) !== JSON.stringify(decidedBy)) return undefined;
    fs.accessSync(kept.program.command, fs.constants.X_OK);
    return kept.program;
  } catch {
    return undefined;
  }
}

export function keepProgram(file: string, decidedBy: unknown, program: Program): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify({ decidedBy, program } satisfies Kept));
}

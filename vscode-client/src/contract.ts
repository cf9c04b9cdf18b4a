/** What the server's commands answer, as JSON. Positions and ranges are the protocol's. */
import type { Position, Range } from 'vscode-languageclient';

export interface Summary {
  dispatches: number | null;
  executables: number | null;
  standaloneTransposes: number;
  toDispatch: number;
  certainty: 'predicted' | 'proved';
  errors: number;
  remarks: number;
  byRule: Record<string, number>;
  /** The same in words: the line above, and rows of a word and its value. */
  headline: string;
  rows: [word: string, value: string][];
}

export interface Remark { rule: string; message: string; range: Range }

export interface Dispatch {
  ordinal: number;
  name: string;
  kind: string;
  summary: string;
  bytesRead: number | null;
  bytesWritten: number | null;
  flops: number | null;
  range: Range;
  signature: string;
  producers: number[];
  consumers: number[];
  remarks: Remark[];
  couldJoin: unknown;
}

/** One that is known, or why one is not. */
export type Compiler = { path: string; version: string } | { failure: string };
export interface At { uri: string; position: Position }
export interface Markdown { markdown: string }
export interface Text { text: string }
export interface Trial extends Text { failure?: string }
export interface Made extends Text { applied?: boolean; failure?: string }

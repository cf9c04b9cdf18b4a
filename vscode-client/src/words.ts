/** Counts in words. Knows nothing of VS Code. */
import type { Dispatch, Summary } from './contract';

const PLURALS: Record<string, string> = { dispatch: 'dispatches', 'op to dispatch': 'ops to dispatch' };

export function statusText(summary: Summary): string {
  const parts = [`$(layers) ${counts(summary)}`];
  if (summary.standaloneTransposes > 0) parts.push(counted(summary.standaloneTransposes, 'standalone transpose'));
  if (summary.errors > 0) parts.push(counted(summary.errors, 'error'));
  return [...parts, summary.certainty].join(' · ');
}

export function summaryInWords(summary: Summary): string {
  const kinds = Object.entries(summary.byKind).map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [
    `**${counts(summary)}**${kinds && `: ${kinds}`}`,
    `- standalone transposes: ${summary.standaloneTransposes}`,
    `- copies: ${summary.copies}`,
    `- remarks: ${summary.remarks}, errors: ${summary.errors}`,
    `- the text holds ${summary.shape}; the count is ${summary.certainty}`,
  ].join('\n');
}

/** One line a dispatch, without what changes when a neighbour comes or goes, so that two lists can be held side by side. */
export function listed(dispatches: readonly Dispatch[]): string {
  return dispatches.map((dispatch) => `${dispatch.summary}\n`).join('');
}

export function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${PLURALS[noun] ?? `${noun}s`}`;
}

function counts(summary: Summary): string {
  if (summary.dispatches) return counted(summary.dispatches, 'dispatch');
  if (summary.executables) return counted(summary.executables, 'executable');
  return summary.toDispatch > 0 ? counted(summary.toDispatch, 'op to dispatch') : counted(0, 'dispatch');
}

/** Counts in words. Knows nothing of VS Code. */
import type { Dispatch, Summary } from './contract';

const PLURALS: Record<string, string> = { dispatch: 'dispatches', 'op to dispatch': 'ops to dispatch' };

export function statusText(summary: Summary): string {
  const parts = [`$(layers) ${counts(summary)}`];
  if (summary.standaloneTransposes > 0) parts.push(counted(summary.standaloneTransposes, 'standalone transpose'));
  if (summary.errors > 0) parts.push(counted(summary.errors, 'error'));
  return [...parts, ...(holdsOps(summary) ? [summary.certainty] : [])].join(' · ');
}

/** As Markdown: what the terminal says of the same file. */
export function summaryInWords(summary: Summary): string {
  return [`**${summary.headline}**\n`, ...facts(summary).map(([word, value]) => `- ${word}: ${value}`)].join('\n');
}

export function summaryPage(name: string, summary: Summary): string {
  const rules = Object.entries(summary.byRule).sort(([, one], [, other]) => other - one);
  return [
    `# ${name}\n`, `**${summary.headline}**\n`, '| | |', '|---|---|', ...facts(summary).map(([word, value]) => `| ${word} | ${value.replaceAll('|', '\\|')} |`),
    ...(rules.length > 0 ? ['\n## Remarks\n', ...rules.map(([rule, count]) => `- \`${rule}\`: ${count}`)] : []),
  ].join('\n') + '\n';
}

/** One line a dispatch, without what changes when a neighbour comes or goes, so that two lists can be held side by side. */
export function listed(dispatches: readonly Dispatch[]): string {
  return dispatches.map((dispatch) => `${dispatch.summary}\n`).join('');
}

export function counted(count: number, noun: string): string {
  return `${count || 'no'} ${count === 1 ? noun : (PLURALS[noun] ?? `${noun}s`)}`;
}

function facts(summary: Summary): [string, string][] {
  return [
    ...summary.rows.filter(([, value]) => value !== '0'),
    ['found', [counted(summary.remarks, 'remark'), ...(summary.errors > 0 ? [counted(summary.errors, 'error')] : [])].join(', ')],
    ...(holdsOps(summary) ? [['certainty', summary.certainty] satisfies [string, string]] : []),
  ];
}

/** Whether there is anything whose number could be wrong. */
function holdsOps(summary: Summary): boolean {
  return Boolean(summary.dispatches || summary.executables || summary.toDispatch);
}

function counts(summary: Summary): string {
  if (summary.dispatches) return counted(summary.dispatches, 'dispatch');
  if (summary.executables) return counted(summary.executables, 'executable');
  return summary.toDispatch > 0 ? counted(summary.toDispatch, 'op to dispatch') : counted(0, 'dispatch');
}

/** The rows of the dispatch panel as plain data: ordered, filtered, equal ones together. Knows nothing of VS Code. */
import type { Range } from 'vscode-languageclient';
import type { Dispatch, Remark } from './contract';

export const ORDERS = ['program order', 'kind', 'bytes', 'what could join'] as const;
export type Order = (typeof ORDERS)[number];

export interface Row {
  what: 'heading' | 'dispatch' | 'group' | 'remark';
  label: string;
  description: string;
  tooltip: string;
  range?: Range;
  remarks: number;
  children: Row[];
}

export function rows(dispatches: readonly Dispatch[], order: Order, filter: string): Row[] {
  const shown = dispatches.filter((dispatch) => matches(dispatch, filter));
  switch (order) {
    case 'program order': return grouped(shown);
    case 'bytes': return grouped([...shown].sort((one, other) => bytes(other) - bytes(one)));
    case 'kind': return headed([...collected(shown, (dispatch) => dispatch.kind)].sort(([, one], [, other]) => other.length - one.length));
    case 'what could join': {
      const parts = [shown.filter(couldJoin), shown.filter((dispatch) => !couldJoin(dispatch))] as const;
      return headed([['could join a neighbour', parts[0]], ['stands as it is', parts[1]]]);
    }
  }
}

export function bytesInWords(count: number): string {
  const unit = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), unit.length - 1);
  const scaled = count / 1000 ** power;
  return `${scaled < 10 && power > 0 ? scaled.toFixed(1) : Math.round(scaled)} ${unit[power]}`;
}

function matches(dispatch: Dispatch, filter: string): boolean {
  const text = [dispatch.name, dispatch.kind, dispatch.summary, ...dispatch.remarks.map((remark) => remark.rule)].join(' ').toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function headed(sections: readonly [heading: string, members: Dispatch[]][]): Row[] {
  return sections.filter(([, members]) => members.length > 0).map(([label, members]) => ({
    what: 'heading', label, description: String(members.length), tooltip: '', remarks: 0, children: grouped(members),
  }));
}

/** Dispatches of one signature become one row with a count, where the first of them stands. */
function grouped(dispatches: readonly Dispatch[]): Row[] {
  return [...collected(dispatches, (dispatch) => dispatch.signature).values()].map((members) => {
    const [first] = members as [Dispatch, ...Dispatch[]];
    if (members.length === 1) return dispatchRow(first);
    return {
      ...dispatchRow(first), what: 'group', label: `${members.length} × ${first.summary}`, description: moved(members),
      remarks: sum(members.map((member) => member.remarks.length)), children: members.map(dispatchRow),
    };
  });
}

function dispatchRow(dispatch: Dispatch): Row {
  return {
    what: 'dispatch', label: `#${dispatch.ordinal} ${dispatch.summary}`, description: moved([dispatch]), range: dispatch.range,
    tooltip: [dispatch.name, dispatch.summary, `reads ${size(dispatch.bytesRead)}, writes ${size(dispatch.bytesWritten)}`].join('\n'),
    remarks: dispatch.remarks.length, children: dispatch.remarks.map(remarkRow),
  };
}

function remarkRow(remark: Remark): Row {
  return { what: 'remark', label: remark.rule, description: remark.message, tooltip: remark.message, range: remark.range, remarks: 0, children: [] };
}

/** The server says it as a flag, a text or a list of neighbours. */
function couldJoin(dispatch: Dispatch): boolean {
  return Array.isArray(dispatch.couldJoin) ? dispatch.couldJoin.length > 0 : Boolean(dispatch.couldJoin);
}

function moved(dispatches: readonly Dispatch[]): string {
  const total = sum(dispatches.map(bytes));
  return total > 0 ? bytesInWords(total) : '';
}

function size(count: number | null): string {
  return count === null ? '? B' : bytesInWords(count);
}

function bytes(dispatch: Dispatch): number {
  return (dispatch.bytesRead ?? 0) + (dispatch.bytesWritten ?? 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function collected<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const members = found.get(key(item));
    if (members) members.push(item);
    else found.set(key(item), [item]);
  }
  return found;
}

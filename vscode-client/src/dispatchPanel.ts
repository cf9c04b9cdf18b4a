/** The dispatches of the shown dump as a tree view. */
import * as vscode from 'vscode';
import type { Server } from './client';
import type { Dispatch } from './contract';
import { type Order, type Row, ORDERS, rows } from './dispatchRows';
import { viewShownDump } from './shown';

const ICONS: Record<Row['what'], string> = { heading: 'list-tree', group: 'layers', dispatch: 'symbol-method', remark: 'info' };

const REMARKED = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));

export class DispatchPanel implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<undefined>();
  /** Stands above the view, which reads it when it is made. */
  readonly onDidChangeTreeData = this.changes.event;
  private readonly view = vscode.window.createTreeView('dispatchLens.dispatches', { treeDataProvider: this, showCollapseAll: true });
  private readonly shown: vscode.Disposable;
  private dispatches: Dispatch[] = [];
  private uri: vscode.Uri | undefined;
  private order: Order = 'program order';
  private filter = '';

  constructor(server: Server) {
    // Another kind of editor in front leaves the panel as it is.
    this.shown = viewShownDump<Dispatch[]>(server, 'dispatches', {
      sight: this.view,
      away: () => undefined,
      waiting: (isAnother) => { this.view.message = isAnother ? 'The file is being read …' : this.shownOnly(); },
      show: (dump, found) => this.show(dump, found ?? []),
    });
  }

  getChildren(row?: Row): Row[] {
    return row ? row.children : rows(this.dispatches, this.order, this.filter);
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(row.label, row.children.length === 0 ? None : row.what === 'heading' ? Expanded : Collapsed);
    item.description = row.description;
    item.tooltip = row.tooltip;
    item.iconPath = row.remarks > 0 ? REMARKED : new vscode.ThemeIcon(ICONS[row.what]);
    if (row.range && this.uri) item.command = { command: 'vscode.open', title: 'Go There', arguments: [this.uri, { selection: startOf(row.range) }] };
    return item;
  }

  async chooseOrder(): Promise<void> {
    const order = await vscode.window.showQuickPick(ORDERS, { title: 'Order dispatches by' });
    this.arrange((order as Order | undefined) ?? this.order, this.filter);
  }

  async chooseFilter(): Promise<void> {
    const filter = await vscode.window.showInputBox({ title: 'Show dispatches with these words', value: this.filter, placeHolder: 'transpose 1x32' });
    this.arrange(this.order, filter ?? this.filter);
  }

  arrange(order: Order, filter: string): void {
    [this.order, this.filter] = [order, filter];
    void vscode.commands.executeCommand('setContext', 'dispatchLens.filtered', filter !== '');
    this.view.description = order === 'program order' ? '' : `by ${order}`;
    this.view.message = this.shownOnly();
    this.changes.fire(undefined);
  }

  showAll(): void {
    this.arrange(this.order, '');
  }

  dispose(): void {
    vscode.Disposable.from(this.shown, this.view, this.changes).dispose();
  }

  /** What the filter leaves: a title that is cut would not say it. */
  private shownOnly(): string | undefined {
    return this.filter ? `${this.getChildren().length > 0 ? 'Only dispatches' : 'No dispatch'} with “${this.filter}”` : undefined;
  }

  private show(dump: vscode.TextDocument, found: Dispatch[]): void {
    [this.dispatches, this.uri, this.view.message] = [found, dump.uri, this.shownOnly()];
    this.changes.fire(undefined);
  }
}

function startOf(range: NonNullable<Row['range']>): vscode.Range {
  const start = new vscode.Position(range.start.line, range.start.character);
  return new vscode.Range(start, start);
}

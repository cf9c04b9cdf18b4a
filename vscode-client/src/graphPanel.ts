/** The graph of dispatches as a picture beside the dump, drawn anew when the dump changes. A click on a dispatch goes there. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Server } from './client';
import type { Dispatch, Text } from './contract';
import { showTextBeside } from './documents';
import { viewShownDump } from './shown';

const VIEW = 'dispatchLens.graph';
const EXPORTS: Record<string, string> = { 'SVG, a picture': 'svg', 'DOT, for Graphviz': 'dot', 'Mermaid, for Markdown': 'mermaid', 'JSON, for programs': 'json' };

export class GraphPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private dump: vscode.TextDocument | undefined;
  /** What is drawn, in Graphviz's language. */
  private graph = '';

  constructor(private readonly server: Server, private readonly extension: vscode.Uri) {}

  /** Draws the graph of this dump in place of the last one. */
  async show(dump: vscode.TextDocument): Promise<void> {
    const graph = await this.text(dump, 'dot');
    if (!graph?.includes('label=')) return void vscode.window.setStatusBarMessage('There is no dispatch to draw', 4000);
    this.dump = dump;
    this.panel ??= this.opened();
    this.panel.title = `${path.posix.basename(dump.uri.path)} graph`;
    await this.draw(this.panel, graph);
    this.panel.reveal(undefined, true);
  }

  /** Opens the graph of this dump, or of the picture in front, as text. */
  async export(shown: vscode.TextDocument | undefined): Promise<void> {
    const dump = shown ?? this.dump;
    const kind = dump && (await vscode.window.showQuickPick(Object.keys(EXPORTS), { title: 'Graph of dispatches as' }));
    const format = kind && EXPORTS[kind];
    const graph = format && (await this.text(dump, format));
    if (graph) await showTextBeside(`${path.posix.basename(dump.uri.path)}.${format}`, graph);
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private async draw(panel: vscode.WebviewPanel, graph: string): Promise<void> {
    this.graph = graph;
    panel.webview.html = this.page(panel.webview, await picture(graph));
  }

  private async text(dump: vscode.TextDocument, format: string): Promise<string | undefined> {
    const form = format === 'svg' ? 'dot' : format;
    const found = await this.server.ask<Text>('graph', { uri: dump.uri.toString(), format: form });
    return found && (format === 'svg' ? picture(found.text) : found.text);
  }

  private opened(): vscode.WebviewPanel {
    const files = vscode.Uri.joinPath(this.extension, 'webview');
    const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel(VIEW, '', beside, { enableScripts: true, localResourceRoots: [files] });
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'images', 'icon.png');
    panel.webview.onDidReceiveMessage((ordinal: number) => this.goTo(ordinal));
    const followed = viewShownDump<Text>(this.server, 'graph', {
      sight: { get visible() { return panel.visible; }, onDidChangeVisibility: panel.onDidChangeViewState },
      away: () => undefined,
      waiting: () => undefined,
      show: (dump, graph) => {
        if (dump === this.dump && graph && graph.text !== this.graph) void this.draw(panel, graph.text);
      },
    });
    panel.onDidDispose(() => {
      followed.dispose();
      this.panel = undefined;
    });
    return panel;
  }

  private async goTo(ordinal: number): Promise<void> {
    const { dump } = this;
    const dispatches = dump && (await this.server.ask<Dispatch[]>('dispatches', { uri: dump.uri.toString() }));
    const found = dispatches?.find((dispatch) => dispatch.ordinal === ordinal);
    if (!dump || !found) return;
    const { line, character } = found.range.start;
    const viewColumn = vscode.window.visibleTextEditors.find(({ document }) => document === dump)?.viewColumn ?? vscode.ViewColumn.One;
    await vscode.window.showTextDocument(dump, { viewColumn, selection: new vscode.Range(line, character, line, character) });
  }

  /** Nothing is loaded but the two files of the extension, and nothing runs but the one of them that is a script. */
  private page(webview: vscode.Webview, graph: string): string {
    const file = (name: string): vscode.Uri => webview.asWebviewUri(vscode.Uri.joinPath(this.extension, 'webview', name));
    const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src ${webview.cspSource}`;
    return `<!DOCTYPE html>
<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${String(file('graph.css'))}">
<body>${graph}<script src="${String(file('graph.js'))}"></script>`;
  }
}

async function picture(graph: string): Promise<string> {
  const { drawn } = await import('./drawing');
  return drawn(graph);
}

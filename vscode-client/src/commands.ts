/** The commands of the palette. Each asks the server and shows the answer; a command that it does not announce is not enabled. */
import * as vscode from 'vscode';
import type { Server } from './client';
import { installCompiler } from './compiler';
import type { At, Dispatch, Made, Markdown, Summary, Text, Trial } from './contract';
import type { DispatchPanel } from './dispatchPanel';
import { answer, showMarkdown, showNewDump, showTable } from './documents';
import { GraphPanel } from './graphPanel';
import { choosePython, tellFailure } from './help';
import { shownDump } from './shown';
import { Verdicts } from './verify';
import { listed, summaryPage } from './words';

/** What a menu, a lens or another extension may give along. */
type Command = (given?: unknown) => unknown;

export function commands(server: Server, panel: DispatchPanel, context: vscode.ExtensionContext): vscode.Disposable {
  const verdicts = new Verdicts(server);
  const graph = new GraphPanel(server, context.extensionUri);
  const table: Record<string, Command> = {
    showSummary: () => withDump(async (dump) => {
      const summary = await server.ask<Summary>('summary', { uri: uriOf(dump) });
      if (summary) await showMarkdown(`${baseName(dump)} summary`, summaryPage(baseName(dump), summary));
      else server.log.show();
    }),
    explainDispatch: () => withPosition((at, dump) => explain(server, `${baseName(dump)} dispatch`, at)),
    whyNotFused: () => withPosition((at, dump) => whyNotNext(server, `${baseName(dump)} why not fused`, at)),
    explainRule: (rule) => explainRule(server, typeof rule === 'string' ? rule : undefined),
    applyFixes: () => withDump((dump) => applyFixes(server, dump)),
    applyProvedFixes: () => withDump((dump) => applyProvedFixes(server, dump)),
    tryFlags: () => withDump((dump) => tryFlags(server, dump)),
    verifyFile: () => withDump((dump) => verdicts.verify(dump)),
    extractDispatch: () => withPosition(async (at) => {
      const found = await server.ask<Text>('extract', at);
      if (found) await showNewDump(found.text);
    }),
    showGraph: () => withDump((dump) => graph.show(dump)),
    exportGraph: () => graph.export(shownDump()),
    compareWith: (other) => withDump((dump) => compareWith(server, dump, other instanceof vscode.Uri ? other : undefined)),
    copyCompileCommand: () => withDump(async (dump) => {
      const found = await server.ask<{ command: string }>('compileCommand', { uri: uriOf(dump) });
      if (!found) return;
      await vscode.env.clipboard.writeText(found.command);
      vscode.window.setStatusBarMessage('$(check) The compile command is in the clipboard', 4000);
    }),
    openSample: async () => {
      const sample = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(context.extensionUri, 'samples', 'deeplab-block.mlir'));
      const editor = await showNewDump(new TextDecoder().decode(sample));
      // In a dispatch, so that what is asked of one is answered at once.
      const place = editor.document.positionAt(editor.document.getText().indexOf('linalg.depthwise_conv'));
      editor.selection = new vscode.Selection(place, place);
    },
    installCompiler: () => installCompiler(server, context),
    choosePython,
    restartServer: () => server.restart(),
    showLog: () => server.log.show(),
    orderPanel: () => panel.chooseOrder(),
    filterPanel: () => panel.chooseFilter(),
    clearPanelFilter: () => panel.showAll(),
  };
  return vscode.Disposable.from(verdicts, graph, ...Object.entries(table).map(([name, run]) => vscode.commands.registerCommand(`dispatchLens.${name}`, run)));
}

async function applyFixes(server: Server, dump: vscode.TextDocument): Promise<void> {
  const made = await server.ask<{ applied: boolean; edits: number }>('fix', { uri: uriOf(dump) });
  vscode.window.setStatusBarMessage(made?.applied ? `${made.edits} edits made` : 'There is no safe fix here', 4000);
}

async function applyProvedFixes(server: Server, dump: vscode.TextDocument): Promise<void> {
  const before = dump.getText();
  const made = await server.longWork.run('Proving fixes', (token) => server.ask<Made>('fixProved', { uri: uriOf(dump) }, token));
  if (made?.failure) return tellFailure(`No fix was proved: ${made.failure}`, server.log);
  if (made && !made.applied) return tellFailure(`${baseName(dump)}: ${made.text}`, server.log);
  const show = 'Show Changes';
  const click = made && (await vscode.window.showInformationMessage(`${baseName(dump)}: ${made.text}`, show));
  if (click === show) await showChanges(before, dump);
}

/** A dump as it was beside what it is, in the editor's own diff. */
async function showChanges(before: string, dump: vscode.TextDocument): Promise<void> {
  await vscode.commands.executeCommand('vscode.diff', answer(`before ${baseName(dump)}`, before), dump.uri, `${baseName(dump)}: what the fixes changed`);
}

async function explain(server: Server, name: string, at: At, other?: At['position']): Promise<void> {
  const found = await server.ask<Markdown>('why', other ? { ...at, other } : at);
  if (found) await showMarkdown(name, found.markdown);
  else vscode.window.setStatusBarMessage('No dispatch stands here', 4000);
}

/** The next dispatch is the first consumer of the one under the cursor. */
async function whyNotNext(server: Server, name: string, at: At): Promise<void> {
  const dispatches = (await server.ask<Dispatch[]>('dispatches', { uri: at.uri })) ?? [];
  const here = dispatches.find(({ range }) => range.start.line <= at.position.line && at.position.line <= range.end.line);
  const next = dispatches.find((dispatch) => here?.consumers.includes(dispatch.ordinal));
  if (next) return explain(server, name, at, next.range.start);
  vscode.window.setStatusBarMessage(here ? 'No dispatch reads this one' : 'No dispatch stands here', 4000);
}

async function explainRule(server: Server, named: string | undefined): Promise<void> {
  const schema = vscode.extensions.getExtension('dispatch-lens.dispatch-lens')?.packageJSON as Manifest;
  const { enum: rules, enumDescriptions } = schema.contributes.configuration.properties['dispatchLens.select'].items;
  const listed = rules.map((label, i) => ({ label, detail: enumDescriptions[i] ?? '' }));
  const rule = named ?? (await vscode.window.showQuickPick(listed, { title: 'Explain a rule', matchOnDetail: true }))?.label;
  const found = rule && (await server.ask<Markdown>('explain', { rule }));
  if (found) await showMarkdown(rule, found.markdown);
}

/** Both lists of dispatches, side by side in the editor's own diff. */
async function compareWith(server: Server, dump: vscode.TextDocument, named: vscode.Uri | undefined): Promise<void> {
  const picked = named ?? (await vscode.window.showOpenDialog({ title: 'Compare dispatches with', filters: { Dumps: ['mlir', 'txt', 'log'] } }))?.[0];
  if (!picked) return;
  const other = await vscode.workspace.openTextDocument(picked);
  const [left, right] = await Promise.all([other, dump].map(async (document) => {
    const dispatches = (await server.ask<Dispatch[]>('dispatches', { uri: uriOf(document) })) ?? [];
    return answer(`${baseName(document)} dispatches.txt`, listed(dispatches));
  }));
  await vscode.commands.executeCommand('vscode.diff', left, right, `Dispatches: ${baseName(other)} ↔ ${baseName(dump)}`);
}

async function tryFlags(server: Server, dump: vscode.TextDocument): Promise<void> {
  const found = await server.longWork.run('Trying compiler options', (token) => server.ask<Trial>('try', { uri: uriOf(dump) }, token));
  if (found?.failure) await tellFailure(`No option was tried: ${found.failure}`, server.log);
  else if (found) await showTable(`${baseName(dump)} options.txt`, found.text);
}

interface Manifest { contributes: { configuration: { properties: { 'dispatchLens.select': { items: { enum: string[]; enumDescriptions: string[] } } } } } }

function withDump<T>(use: (dump: vscode.TextDocument) => T): T | undefined {
  const dump = shownDump();
  if (!dump) vscode.window.setStatusBarMessage('No dump is shown', 4000);
  return dump && use(dump);
}

/** With the cursor of the dump, which need not have the keys. */
function withPosition<T>(use: (at: At, dump: vscode.TextDocument) => T): T | undefined {
  return withDump((dump) => {
    const { activeTextEditor: active, visibleTextEditors } = vscode.window;
    const editor = active?.document === dump ? active : visibleTextEditors.find(({ document }) => document === dump);
    const { line, character } = editor?.selection.active ?? { line: 0, character: 0 };
    return use({ uri: uriOf(dump), position: { line, character } }, dump);
  });
}

function uriOf(document: vscode.TextDocument): string {
  return document.uri.toString();
}

function baseName(document: vscode.TextDocument): string {
  return document.uri.path.split('/').at(-1) ?? '';
}

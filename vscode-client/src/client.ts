/** The language server as the other files see it: started, stopped, asked. Knows neither panel nor commands. */
import * as vscode from 'vscode';
import { ExecuteCommandRequest, LanguageClient, State, type LanguageClientOptions } from 'vscode-languageclient/node';
import { searchPathWithCompiler } from './compiler';
import { firstDump } from './dumps';
import type { Problem, Program } from './findServer';
import { withReasons } from './disabledActions';
import { offerHelp, offerRestart } from './help';
import { LongWork } from './longWork';
import { hoverUnlessAnswered } from './neighbours';
import { withEditor } from './reach';
import { recovery } from './recovery';
import { ServerProgram } from './serverProgram';

/** From a start until the program is looked for again. */
const CHECK_MS = 10_000;
const STATES = { [State.Starting]: 'starting', [State.Running]: 'running', [State.Stopped]: 'absent' } as const;

export class Server implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel('Dispatch Lens', { log: true });
  private readonly changes = new vscode.EventEmitter<void>();
  private client: LanguageClient | undefined;
  private readonly programs: ServerProgram;
  private starting: Promise<void> | undefined;
  private finding: Promise<Program | Problem> | undefined;
  /** Fires when the server has come or gone. */
  readonly onDidChange = this.changes.event;
  readonly longWork = new LongWork();
  program: Program | undefined;
  /** Why there is none, where that is known. */
  problem: string | undefined;
  state: 'starting' | 'running' | 'absent' = 'absent';

  constructor(private readonly context: vscode.ExtensionContext) {
    this.programs = new ServerProgram(context);
  }

  /** Starts the server once; later calls wait for that start. */
  start(): Promise<void> {
    this.starting ??= this.launchLast() ?? this.launch();
    return this.starting;
  }

  /** Starts the server before a dump is opened; where it cannot be started, that is told when one is. */
  async startAhead(): Promise<void> {
    this.starting ??= this.launchLast();
    if (this.starting) return;
    const found = await this.find();
    if (!('problem' in found)) this.starting ??= this.run(found);
  }

  restart(): Promise<void> {
    const before = this.starting;
    this.starting = this.end(before).then(() => this.launch());
    return this.starting;
  }

  /** The answer of a server command; undefined when there is no server, no such command, or it failed (the log says how). Waits for a start. */
  async ask<T>(name: string, argument: object, token?: vscode.CancellationToken): Promise<T | undefined> {
    await this.starting?.catch(() => undefined);
    if (!this.client || !this.can(name)) return undefined;
    const asked = { command: `dispatchLens.${name}`, arguments: [argument] };
    try {
      return ((await this.client.sendRequest(ExecuteCommandRequest.type, asked, token)) as T | null) ?? undefined;
    } catch (error) {
      if (!token?.isCancellationRequested) this.log.error(`${asked.command}: ${String(error)}`);
      return undefined;
    }
  }

  async stop(): Promise<void> {
    const before = this.starting;
    this.starting = undefined;
    await this.end(before);
  }

  dispose(): void {
    void this.stop();
  }

  private async end(starting: Promise<void> | undefined): Promise<void> {
    await starting?.catch(() => undefined);
    const client = this.client;
    this.client = undefined;
    this.state = 'absent';
    await client?.dispose(2000).catch((error: unknown) => this.log.warn(`stopped hard: ${String(error)}`));
    this.announce();
  }

  /** The program of last time need not be found. Whether it would be is asked later: to ask takes from the first reading. */
  private launchLast(): Promise<void> | undefined {
    const last = this.programs.last();
    return last && this.run(last).then(() => void setTimeout(() => void this.check(last), CHECK_MS), () => this.launchAnother());
  }

  private async launchAnother(): Promise<void> {
    await this.client?.dispose().catch(() => undefined);
    await this.launch();
  }

  private async check(running: Program): Promise<void> {
    const found = this.program === running && this.state === 'running' ? await this.find() : running;
    if (!('problem' in found) && found.command !== running.command) await this.restart();
  }

  private async launch(): Promise<void> {
    [this.state, this.problem] = ['starting', undefined];
    this.announce();
    const found = await this.find();
    if ('problem' in found) {
      this.problem = found.problem;
      this.log.error(found.problem);
      this.state = 'absent';
      this.announce();
      void offerHelp(found, this.onDidChange);
    } else await this.run(found);
  }

  private async run(found: Program): Promise<void> {
    this.log.info(`server: ${[found.command, ...found.args].join(' ')}`);
    this.program = found;
    const env = { ...process.env, PATH: searchPathWithCompiler(this.context), DISPATCH_LENS_AHEAD: (await firstDump()) ?? '' };
    const executable = { command: found.command, args: found.args, options: { cwd: found.cwd, env } };
    this.client = new LanguageClient('dispatchLens', 'Dispatch Lens', executable, this.options());
    this.client.onDidChangeState(({ newState }) => {
      this.state = STATES[newState];
      this.announce();
    });
    await this.client.start();
  }

  /** One search at a time: who asks meanwhile waits for the same. */
  private find(): Promise<Program | Problem> {
    this.finding ??= this.programs.find().finally(() => { this.finding = undefined; });
    return this.finding;
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [{ language: 'mlir' }],
      outputChannel: this.log,
      // The settings too: the first reading need not wait until the server has asked for them.
      initializationOptions: { trusted: vscode.workspace.isTrusted, dispatchLens: vscode.workspace.getConfiguration('dispatchLens') },
      errorHandler: recovery(() => void offerRestart(() => this.restart(), this.log)),
      middleware: {
        provideHover: hoverUnlessAnswered, provideCodeActions: withReasons, handleWorkDoneProgress: this.longWork.heard, executeCommand: withEditor,
      },
    };
  }

  /** Whether the running server announces a command of this name. */
  private can(name: string): boolean {
    return this.announced().includes(`dispatchLens.${name}`);
  }

  private announced(): readonly string[] {
    return this.client?.isRunning() ? (this.client.initializeResult?.capabilities.executeCommandProvider?.commands ?? []) : [];
  }

  private announce(): void {
    for (const name of this.announced()) {
      void vscode.commands.executeCommand('setContext', name.replace('dispatchLens.', 'dispatchLens.can.'), true);
    }
    this.changes.fire();
  }
}

// One code-server with a fresh profile, and one browser: what the runs share. Everything lies under one temporary folder.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

// Nothing waits this long but what is broken.
export const PATIENCE_MS = 60_000;

const USER_SETTINGS = {
  'workbench.startupEditor': 'none', 'workbench.tips.enabled': false, 'workbench.enableExperiments': false, 'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden', 'telemetry.telemetryLevel': 'off', 'update.mode': 'none',
  'extensions.autoUpdate': false, 'extensions.autoCheckUpdates': false, 'extensions.ignoreRecommendations': true, 'git.enabled': false,
  'chat.disableAIFeatures': true, 'editor.minimap.enabled': false, 'editor.hover.delay': 100, 'files.autoSave': 'off',
  'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never',
};

/**
 * Starts code-server on a free port with the .vsix installed into a fresh profile.
 * `trusted` says whether folders are; `environment` adds to that of the program.
 */
export async function startEditor({ program, vsix, trusted = true, environment = {}, machineSettings = {} }) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'dispatch-lens-e2e-'));
  for (const folder of ['data/User', 'data/Machine', 'extensions', 'home']) fs.mkdirSync(path.join(home, folder), { recursive: true });
  write(path.join(home, 'config.yaml'), 'auth: none\ncert: false\n');
  // A setting of a machine's scope is read from here alone: to its editor, code-server is another machine.
  write(path.join(home, 'data/Machine/settings.json'), JSON.stringify(machineSettings));
  write(path.join(home, 'data/User/settings.json'), JSON.stringify({ ...USER_SETTINGS, 'security.workspace.trust.enabled': !trusted }));
  const env = {
    ...process.env, HOME: path.join(home, 'home'), XDG_CONFIG_HOME: path.join(home, 'home/.config'), XDG_DATA_HOME: path.join(home, 'home/.local/share'),
    // As if started from a terminal: otherwise a login shell is run for its environment, and its PATH replaces this one.
    EXTENSIONS_GALLERY: '{"serviceUrl":""}', VSCODE_CLI: '1', ...environment,
  };
  delete env.VSCODE_IPC_HOOK_CLI;
  const common = [program.entry, '--config', path.join(home, 'config.yaml'), '--user-data-dir', path.join(home, 'data'), '--extensions-dir', path.join(home, 'extensions')];
  execFileSync(program.node, [...common, '--install-extension', vsix], { env, stdio: 'ignore' });
  const port = await freePort();
  const log = fs.openSync(path.join(home, 'code-server.log'), 'w');
  const flags = ['--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', '--ignore-last-opened'];
  if (trusted) flags.push('--disable-workspace-trust');
  const child = spawn(program.node, [...common, '--bind-addr', `127.0.0.1:${port}`, ...flags], { env, stdio: ['ignore', log, log], detached: true });
  const address = `http://127.0.0.1:${port}`;
  await healthy(address, child).catch((error) => { endGroup(child.pid); throw error; });
  return {
    home, pid: child.pid,
    /** A folder of these files, to be opened: what another one has open is not open here. */
    withFolder: (name, files) => ({ home, ...withFolder(address, path.join(home, name), files) }),
    stop: () => {
      endGroup(child.pid);
      fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function withFolder(address, folder, files) {
  for (const [name, text] of Object.entries(files)) write(path.join(folder, name), text);
  return { folder, url: `${address}/?folder=${encodeURIComponent(folder)}`, remote: (file) => `vscode-remote://${new URL(address).host}${file}` };
}

export function startBrowser(executablePath) {
  return chromium.launch({
    executablePath, headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      // Nothing but this machine has a name or an address. Routes would say it too, at the price of a detour for each of a thousand requests.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

/** All pages share what the browser has cached. */
export async function localPage(browser) {
  const context = browser.contexts()[0] ?? (await browser.newContext({ viewport: { width: 1360, height: 820 } }));
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch { /* it has ended by itself */ }
}

async function healthy(address, child) {
  let ended = false;
  child.once('exit', () => { ended = true; });
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end && !ended) {
    const answer = await fetch(`${address}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  throw new Error('code-server did not start');
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function write(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

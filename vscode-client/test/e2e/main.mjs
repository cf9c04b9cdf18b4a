// The end-to-end tests: a real VS Code with the packaged extension. `npm run e2e [-- part]`, part of: behaviour speed session trust trouble control.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBrowser, startEditor } from './editor.mjs';
import { workspaceFiles } from './files.mjs';
import { runInHost } from './host.mjs';
import { browserProgram, installCodeServer } from './install.mjs';
import { session } from './session.mjs';
import { trouble } from './trouble.mjs';
import { untrusted } from './untrusted.mjs';
import { withoutFixes } from './withoutFixes.mjs';

const client = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const vsix = path.join(client, '../dist/dispatch-lens.vsix');
const parts = process.argv.slice(2);
const start = performance.now();

const browserPath = browserProgram();
if (!browserPath) {
  console.error('NOT TESTED in VS Code: no Chromium on this machine (apt install chromium, or CHROMIUM=/path).');
  process.exit(process.env.CI ? 1 : 0);
}
const program = installCodeServer();
if (!fs.existsSync(vsix)) execFileSync('npm', ['run', 'package'], { cwd: client, stdio: 'inherit' });
const browser = await startBrowser(browserPath);
const files = workspaceFiles();
// A Python with a compiler beside it, so that options can be tried; without it, the one that the extension finds.
const python = process.env.DISPATCH_LENS_PYTHON;
const machineSettings = python ? { 'dispatchLens.pythonPath': python } : {};

try {
  await part('trusted', ['behaviour', 'speed', 'session', 'trouble'], { files, machineSettings }, async (editor, wanted) => {
    if (wanted('speed')) await step('speed', () => runInHost(browser, editor, 'speed.js'));
    if (wanted('session')) await step('session', () => session(browser, editor, python !== undefined));
    if (wanted('behaviour')) await step('behaviour', () => runInHost(browser, editor, 'behaviour.js'));
    if (wanted('trouble')) await step('trouble', () => trouble(browser, editor));
  });
  await part('untrusted', ['trust'], untrusted.setUp(files), (editor) => step('trust', () => untrusted.run(browser, editor)));
  await part('control', ['control'], withoutFixes.setUp(files), (editor) => step('control', () => withoutFixes.run(browser, editor)));
} finally {
  await browser.close();
}

async function part(name, names, setUp, run) {
  const wanted = (one) => parts.length === 0 || parts.includes(one);
  if (!names.some(wanted)) return;
  const editor = await startEditor({ program, vsix, ...setUp });
  console.log(`${seconds()} ${name}: code-server is up`);
  try {
    await run(editor, wanted);
  } finally {
    editor.stop();
  }
}

async function step(name, run) {
  console.log(`${seconds()} ${name}`);
  try {
    await run();
    console.log(`${seconds()} ${name}: passed`);
  } catch (error) {
    console.error(`${seconds()} ${name}: FAILED: ${error.stack}`);
    process.exitCode = 1;
  }
}

function seconds() {
  return `${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s `;
}

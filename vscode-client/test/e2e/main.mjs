// The end-to-end tests: a real VS Code with the packaged extension. `npm run e2e [-- part]`, part of: speed session behaviour fix fresh install trouble trust control.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBrowser, startEditor } from './editor.mjs';
import { behaviourFiles, bytecodeFiles, sessionFiles } from './files.mjs';
import { fresh, install } from './fresh.mjs';
import { runInHost } from './host.mjs';
import { browserProgram, installCodeServer } from './install.mjs';
import { session } from './session.mjs';
import { speed } from './speed.mjs';
import { trouble } from './trouble.mjs';
import { untrusted } from './untrusted.mjs';
import { withoutFixes } from './withoutFixes.mjs';

const client = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const vsix = path.join(client, '../dist/dispatch-lens.vsix');
const parts = process.argv.slice(2);
const start = performance.now();

const browserPath = browserProgram();
if (!browserPath) notTested('no Chromium on this machine (apt install chromium, or CHROMIUM=/path)');
const program = programOrNone() ?? notTested('code-server could not be installed');
if (!fs.existsSync(vsix)) execFileSync('npm', ['run', 'package'], { cwd: client, stdio: 'inherit' });
const browser = await startBrowser(browserPath);
// A Python with a compiler beside it, so that options can be tried; without it, the one that the extension finds.
const python = process.env.DISPATCH_LENS_PYTHON;
const files = { ...behaviourFiles, ...(python ? bytecodeFiles(python) : {}) };
const withPython = () => ({ machineSettings: python ? { 'dispatchLens.pythonPath': python } : {} });

try {
  await part('speed', withPython, (editor) => speed(browser, editor));
  await part('session', withPython, (editor) => session(browser, editor.withFolder('session', sessionFiles), python !== undefined));
  await part('behaviour', withPython, (editor) => runInHost(browser, editor.withFolder('behaviour', files), 'behaviour.js'));
  await part('fix', withPython, (editor) => runInHost(browser, editor.withFolder('fix', behaviourFiles), 'fix.js'));
  await part('fresh', fresh.setUp, (editor) => fresh.run(browser, editor));
  await part('install', install.setUp, (editor) => install.run(browser, editor));
  await part('trouble', trouble.setUp, (editor, setUp) => trouble.run(browser, editor, setUp));
  await part('trust', untrusted.setUp, (editor) => untrusted.run(browser, editor));
  await part('control', withoutFixes.setUp, (editor) => withoutFixes.run(browser, editor));
} finally {
  await browser.close();
}

function programOrNone() {
  try {
    return installCodeServer();
  } catch (error) {
    console.error(error.message);
  }
}

/** Ends the run: a failure where everything is to be tested. */
function notTested(why) {
  console.error(`NOT TESTED in VS Code: ${why}.`);
  process.exit(process.env.CI === 'true' ? 1 : 0);
}

/** `prepare` gives what the editor of this part is started with. */
async function part(name, prepare, run) {
  if (parts.length > 0 && !parts.includes(name)) return;
  console.log(`${seconds()} ${name}`);
  const setUp = prepare();
  const editor = await startEditor({ program, vsix, ...setUp });
  try {
    await run(editor, setUp);
    console.log(`${seconds()} ${name}: passed`);
  } catch (error) {
    console.error(`${seconds()} ${name}: FAILED: ${error.stack}`);
    process.exitCode = 1;
  } finally {
    editor.stop();
  }
}

function seconds() {
  return `${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s `;
}

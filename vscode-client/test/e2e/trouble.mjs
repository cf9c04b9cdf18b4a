// What a person reads when something is missing or stuck: no Python, a compiler that hangs, a file that VS Code keeps from extensions.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { behaviourFiles, program, tooLargeForEditors } from './files.mjs';
import { localPage } from './editor.mjs';
import { goTo, hoverOn, openActions, openFile, openWorkbench, runCommand, toast } from './workbench.mjs';

const HANGS = '#!/bin/sh\nexec /bin/sleep 600\n';
const SECONDS = 3;
const NO_ANSWER = `did not answer within ${SECONDS} s.`;
const FIX = /^(?!Ignore|Explain).*transpose/;

export const trouble = {
  /** A PATH on which there is nothing, and a Python elsewhere, whose compiler never ends. */
  setUp() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dispatch-lens-hangs-'));
    return { environment: { PATH: path.join(folder, 'nothing') }, python: pythonWithCompiler(folder) };
  },

  async run(browser, editor, { python }) {
    const place = editor.withFolder('trouble', { ...behaviourFiles, 'program.mlir': program, 'large.mlir': tooLargeForEditors() });
    const page = await localPage(browser);
    try {
      await openWorkbench(page, place);
      await withoutPython(page, place, python);
      await withHungCompiler(page, place);
      await openFile(page, 'large.mlir');
      await toast(page, 'larger than the 50 MB').waitFor();
      await withBrokenServerOfLastTime(page, place);
    } catch (error) {
      if (process.env.FAILURES) await page.screenshot({ path: path.join(process.env.FAILURES, 'trouble.png') });
      throw error;
    } finally {
      await page.close();
    }
  },
};

/** A Python of its own, in which IREE is installed by all that tells of it, and hangs as soon as it is asked something. */
function pythonWithCompiler(folder) {
  execFileSync('python3', ['-m', 'venv', '--without-pip', folder]);
  const python = path.join(folder, 'bin/python3');
  const packages = execFileSync(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], { encoding: 'utf8' }).trim();
  const files = {
    'iree_base_compiler-99.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: iree-base-compiler\nVersion: 99.0\n',
    'iree/compiler/__init__.py': 'import time\ntime.sleep(600)\n',
    'iree/compiler/_mlir_libs/iree-compile': HANGS,
    'iree/compiler/_mlir_libs/iree-opt': HANGS,
  };
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(packages, name)), { recursive: true });
    fs.writeFileSync(path.join(packages, name), text, { mode: 0o755 });
  }
  return python;
}

async function withoutPython(page, place, python) {
  await openFile(page, 'block.mlir');
  const missing = toast(page, 'needs Python 3.10');
  await missing.getByRole('link', { name: 'Choose a Python…' }).click();
  await page.locator('.settings-editor', { hasText: 'The Python (3.10 or later) that runs the server' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.settings-editor').waitFor({ state: 'detached' });
  await page.locator('.view-line', { hasText: 'deeplab_block' }).first().waitFor();
  // A wrong one is told in place of none; the right one, and the server comes without a reload.
  setOfMachine(place, { 'dispatchLens.pythonPath': `${python}9` });
  await toast(page, 'is not a Python of 3.10').waitFor();
  await missing.waitFor({ state: 'detached' });
  setOfMachine(place, { 'dispatchLens.pythonPath': python, 'dispatchLens.compiler-seconds': SECONDS });
  await page.locator('.squiggly-warning').first().waitFor();
  await toast(page, 'Python').waitFor({ state: 'detached' });
}

function setOfMachine(place, settings) {
  fs.writeFileSync(path.join(place.home, 'data/Machine/settings.json'), JSON.stringify(settings));
}

/** Each question to it ends with a message in its time, and the editor answers meanwhile and after. */
async function withHungCompiler(page, place) {
  await runCommand(page, 'Dispatch Lens: Ask the Compiler About This File');
  await hoverOnMap(page);
  await closed(page, `Not verified: The compiler ${NO_ANSWER}`);
  await runCommand(page, 'Dispatch Lens: Apply Proved Fixes');
  await closed(page, `left alone, as the compiler gave no answer: iree-compile ${NO_ANSWER}`);
  await openFile(page, 'program.mlir');
  await runCommand(page, 'Dispatch Lens: Try Compiler Options');
  await closed(page, `No option was tried: iree-compile ${NO_ANSWER}`);
  // Where it may take long, it does not keep fixes from being offered, and a click ends it.
  // The numbers of lines go when VS Code has read the settings.
  setOfMachine(place, { ...settingsOfMachine(place), 'dispatchLens.compiler-seconds': 600, 'editor.lineNumbers': 'off' });
  await page.locator('.monaco-editor .line-numbers').first().waitFor({ state: 'detached' });
  await runCommand(page, 'Dispatch Lens: Try Compiler Options');
  const progress = page.locator('.notification-list-item', { hasText: 'Trying compiler options' });
  await progress.waitFor();
  await openFile(page, 'block.mlir');
  await goTo(page, 11, 15);
  await openActions(page, FIX);
  await page.keyboard.press('Escape');
  // The key has put the message away too.
  await runCommand(page, 'Notifications: Show Notifications');
  await progress.getByRole('button', { name: 'Cancel' }).click();
  await progress.waitFor({ state: 'detached' });
  await hoverOnMap(page);
}

function settingsOfMachine(place) {
  return JSON.parse(fs.readFileSync(path.join(place.home, 'data/Machine/settings.json'), 'utf8'));
}

/** Waits for the message, and closes it. */
async function closed(page, message) {
  const shown = toast(page, message);
  await shown.waitFor();
  await shown.hover();
  await shown.locator('.codicon-notifications-clear').click();
  await shown.waitFor({ state: 'detached' });
}

function hoverOnMap(page) {
  return hoverOn(page, page.locator('.view-line span', { hasText: /^affine_map$/ }).first(), '[2, 3, 0, 1]');
}

/** What ran last time ends at once: another one is looked for. */
async function withBrokenServerOfLastTime(page, place) {
  const file = path.join(place.home, 'data/User/globalStorage/dispatch-lens.dispatch-lens/server.json');
  const kept = JSON.parse(fs.readFileSync(file, 'utf8'));
  const ran = `${file}.ran`;
  fs.writeFileSync(file, JSON.stringify({ ...kept, program: { ...kept.program, args: ['-c', `open(${JSON.stringify(ran)}, "w"); raise SystemExit(3)`] } }));
  await openWorkbench(page, place);
  await openFile(page, 'block.mlir');
  await page.locator('.squiggly-warning').first().waitFor();
  assert.ok(fs.existsSync(ran));
  assert.ok(JSON.parse(fs.readFileSync(file, 'utf8')).program.args.includes('serve'));
}

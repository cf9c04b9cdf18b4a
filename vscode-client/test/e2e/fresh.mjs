// A profile on a machine that has a Python and nothing else: what the extension brings along is enough, and a compiler comes by a click.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { localPage } from './editor.mjs';
import { behaviourFiles } from './files.mjs';
import { choose, hoverOn, openFile, openWorkbench, runCommand, statusItem, toast } from './workbench.mjs';

const INSTALL_MS = 240_000;

/** A PATH with one program: a Python without any package. */
function setUp() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dispatch-lens-fresh-'));
  execFileSync('python3', ['-m', 'venv', '--without-pip', folder]);
  const programs = path.join(folder, 'alone');
  fs.mkdirSync(programs);
  fs.writeFileSync(path.join(programs, 'python3'), `#!/bin/sh\nexec ${folder}/bin/python3 "$@"\n`, { mode: 0o755 });
  return { environment: { PATH: programs } };
}

export const fresh = {
  setUp,
  run: (browser, editor) => onPage(browser, editor, 'fresh', async (page, environment) => {
    await readsWithoutCompiler(page);
    await toast(page, 'compiler was not found').getByRole('button', { name: 'Not Now' }).click();
    assert.ok(!fs.existsSync(environment), 'a compiler was installed without a click');
    await readAboutIt(page);
  }),
};

export const install = {
  setUp,
  run: (browser, editor) => onPage(browser, editor, 'install', async (page, environment) => {
    await readsWithoutCompiler(page);
    await toast(page, 'compiler was not found').getByRole('button', { name: 'Install' }).click();
    await page.locator('.notification-list-item', { hasText: 'Installing iree-base-compiler' }).waitFor();
    await page.locator('.notification-list-item', { hasText: 'Installing iree-base-compiler' }).waitFor({ state: 'detached', timeout: INSTALL_MS });
    assert.ok(fs.existsSync(path.join(environment, 'bin/iree-compile')));
    await runCommand(page, 'Dispatch Lens: Ask the Compiler About This File');
    await statusItem(page, "The compiler's parser takes this file").waitFor();
    await statusItem(page, '4 dispatches').hover();
    await page.locator('.monaco-hover', { hasText: /IREE \d+\.\d+/ }).waitFor();
  }),
};

async function readsWithoutCompiler(page) {
  await openFile(page, 'block.mlir');
  await page.locator('.squiggly-warning').first().waitFor();
  await statusItem(page, '4 dispatches').waitFor();
  await hoverOn(page, page.locator('.view-line span', { hasText: /^affine_map$/ }).first(), '[2, 3, 0, 1]');
}

/** Its page, where a picture could not be drawn, and its walkthrough, where they are. */
async function readAboutIt(page) {
  const shown = page.frameLocator('iframe.webview').frameLocator('#active-frame');
  await page.locator('.activitybar .action-item', { has: page.locator('[aria-label^="Extensions"]') }).click();
  await page.locator('.extensions-viewlet .monaco-list-row', { hasText: 'Dispatch Lens' }).first().click();
  await shown.getByText('Python 3.10 or later').first().waitFor();
  assert.equal(await shown.locator('img').count(), 0);
  await runCommand(page, 'Welcome: Open Walkthrough');
  await choose(page, 'Read a dump with Dispatch Lens');
  await page.getByText('See the dispatches').click();
  await shown.locator('img').first().waitFor();
  await shown.locator('img').evaluate((image) => image.decode());
  // The sample opens beside the walkthrough, at a dispatch, so that the last step is answered.
  await page.getByText('Open a dump').click();
  await page.getByRole('button', { name: 'Open the sample' }).click();
  await page.locator('.editor-group-container').nth(1).locator('.view-line', { hasText: 'deeplab_block' }).waitFor();
  await page.getByText('Ask why, and make them one').click();
  await page.getByRole('button', { name: 'Why not fused with the next?' }).click();
  await page.locator('.tab', { hasText: 'why not fused' }).waitFor();
}

async function onPage(browser, editor, name, run) {
  const page = await localPage(browser);
  try {
    await openWorkbench(page, editor.withFolder(name, behaviourFiles));
    await run(page, path.join(editor.home, 'data/User/globalStorage/dispatch-lens.dispatch-lens/compiler'));
  } catch (error) {
    if (process.env.FAILURES) await page.screenshot({ path: path.join(process.env.FAILURES, `${name}.png`) });
    throw error;
  } finally {
    await page.close();
  }
}

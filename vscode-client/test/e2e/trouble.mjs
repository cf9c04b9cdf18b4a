// What a person reads when something is missing or stuck: no Python, a compiler that hangs, a file that VS Code keeps from extensions.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { behaviourFiles, tooLargeForEditors } from './files.mjs';
import { localPage } from './editor.mjs';
import { hoverOn, openFile, openWorkbench, runCommand, toast } from './workbench.mjs';

const HANGS = `#!/bin/sh
case "$*" in *--version*) echo "IREE compiler version 99.0" ;; *) exec /bin/sleep 600 ;; esac
`;

export const trouble = {
  /** A PATH on which there is no Python, but a compiler that never ends. */
  setUp() {
    const programs = fs.mkdtempSync(path.join(os.tmpdir(), 'dispatch-lens-hangs-'));
    for (const name of ['iree-compile', 'iree-opt']) fs.writeFileSync(path.join(programs, name), HANGS, { mode: 0o755 });
    return { environment: { PATH: programs } };
  },

  async run(browser, editor) {
    const place = editor.withFolder('trouble', { ...behaviourFiles, 'large.mlir': tooLargeForEditors() });
    const page = await localPage(browser);
    try {
      await openWorkbench(page, place);
      await withoutPython(page, place);
      await runCommand(page, 'Dispatch Lens: Ask the Compiler About This File');
      const map = page.locator('.view-line span', { hasText: /^affine_map$/ }).first();
      await hoverOn(page, map, '[2, 3, 0, 1]');
      await openFile(page, 'large.mlir');
      await toast(page, 'larger than the 50 MB').waitFor();
      await openFile(page, 'block.mlir');
      await toast(page, 'The compiler gave no answer').waitFor();
      await cancelledTrial(page);
      await hoverOn(page, map, '[2, 3, 0, 1]');
      await withBrokenServerOfLastTime(page, place);
    } catch (error) {
      if (process.env.FAILURES) await page.screenshot({ path: path.join(process.env.FAILURES, 'trouble.png') });
      throw error;
    } finally {
      await page.close();
    }
  },
};

async function withoutPython(page, place) {
  await openFile(page, 'block.mlir');
  await toast(page, 'needs Python 3.10').getByRole('button', { name: 'Choose a Python…' }).waitFor();
  await page.locator('.view-line', { hasText: 'deeplab_block' }).first().waitFor();
  // The setting put right, the server comes without a reload.
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  fs.writeFileSync(path.join(place.home, 'data/Machine/settings.json'), JSON.stringify({ 'dispatchLens.pythonPath': python }));
  await page.locator('.squiggly-warning').first().waitFor();
}

async function cancelledTrial(page) {
  await runCommand(page, 'Dispatch Lens: Try Compiler Options');
  const progress = page.locator('.notification-list-item', { hasText: 'Trying compiler options' });
  await progress.getByRole('button', { name: 'Cancel' }).click();
  await progress.waitFor({ state: 'detached' });
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

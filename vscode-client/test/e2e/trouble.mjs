// What a person reads when something is missing: no Python, and a file that VS Code keeps from extensions.
import fs from 'node:fs';
import path from 'node:path';
import { localPage } from './editor.mjs';
import { tooLargeForEditors } from './files.mjs';
import { openFile, openWorkbench, toast } from './workbench.mjs';

export async function trouble(browser, editor) {
  const machine = path.join(editor.home, 'data/Machine/settings.json');
  fs.writeFileSync(machine, JSON.stringify({ 'dispatchLens.pythonPath': '/nowhere/python3' }));
  fs.writeFileSync(path.join(editor.workspace, 'large.mlir'), tooLargeForEditors());
  const page = await localPage(browser);
  try {
    await openWorkbench(page, editor);
    await openFile(page, 'behaviour.mlir');
    await toast(page, '/nowhere/python3').waitFor();
    await page.locator('.view-line', { hasText: 'deeplab_block' }).first().waitFor();
    // The setting put right, the server comes without a reload.
    fs.writeFileSync(machine, '{}');
    await page.locator('.squiggly-warning').first().waitFor();
    await openFile(page, 'large.mlir');
    await toast(page, 'larger than the 50 MB').waitFor();
  } finally {
    fs.rmSync(path.join(editor.workspace, 'large.mlir'));
    await page.close();
  }
}

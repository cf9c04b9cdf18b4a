// A person's session, in pictures: open the dump, see the remarks, read a map, see the dispatches, take the fix, see the count fall.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { localPage } from './editor.mjs';
import { hoverOn, openFile, openWorkbench, runCommand, statusItem } from './workbench.mjs';

/** `compiles` says whether the server's Python has a compiler beside it. */
export async function session(browser, editor, compiles) {
  const page = await localPage(browser);
  const pictures = process.env.PICTURES ?? path.join(editor.home, 'pictures');
  fs.mkdirSync(pictures, { recursive: true });
  const picture = (name) => page.screenshot({ path: path.join(pictures, `${name}.png`) });
  try {
    await take(page, editor, picture);
    if (compiles) await tryOptions(page, picture);
    else console.log('    not tried: options, for want of a Python with a compiler (DISPATCH_LENS_PYTHON)');
  } catch (error) {
    await page.screenshot({ path: path.join(process.env.FAILURES ?? pictures, 'failed.png') }).catch(() => undefined);
    throw error;
  } finally {
    await page.close();
  }
}

async function take(page, editor, picture) {
  await openWorkbench(page, editor);
  await openFile(page, 'deeplab-block.mlir');
  const text = page.locator('.editor-instance .monaco-editor').first();
  await text.locator('.squiggly-warning').first().waitFor();
  await statusItem(page, '4 dispatches').waitFor();
  await picture('1-remarks');

  await runCommand(page, 'Problems: Focus on Problems View');
  // Rows out of view are not in the page.
  await runCommand(page, 'View: Toggle Maximized Panel');
  for (const rule of ['standalone-transpose', 'unfused-elementwise-consumer', 'reshape-between-dispatches']) {
    await page.locator('.markers-panel .monaco-list-row', { hasText: rule }).first().waitFor();
  }
  await picture('2-problems');
  await runCommand(page, 'View: Close Panel');
  await page.locator('.markers-panel').first().waitFor({ state: 'hidden' });

  await hoverOn(page, text.locator('.view-line span', { hasText: /^affine_map$/ }).first(), '[2, 3, 0, 1]');
  await picture('3-map');
  await page.keyboard.press('Escape');

  await openFile(page, 'deeplab.mlir');
  await statusItem(page, '80 dispatches').waitFor();
  await runCommand(page, 'Explorer: Focus on Dispatches View');
  const row = page.locator('[aria-label="Dispatches"] .monaco-list-row, .tree-explorer-viewlet-tree-view .monaco-list-row');
  await row.first().waitFor();
  await picture('4-panel');
  await row.filter({ hasText: 'depthwise' }).first().click();
  await page.locator('.statusbar-item', { hasText: /Ln \d{2,}/ }).waitFor();
  await picture('5-jump');

  await openFile(page, 'deeplab-block.mlir');
  await runCommand(page, 'Go to Line/Column...');
  await page.keyboard.type('11:20');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+.');
  const fix = page.locator('.action-widget .monaco-list-row');
  await fix.filter({ hasText: 'remove the transpose' }).first().waitFor();
  await picture('6-fix');
  // Enter, not a click: a workbench may lay a layer over the page for a while.
  await page.locator('.action-widget .monaco-list-row.focused').waitFor();
  await page.keyboard.press('Enter');
  await statusItem(page, '3 dispatches').waitFor();
  await page.keyboard.press('Control+s');
  await page.locator('.tab.active:not(.dirty)').waitFor();
  assert.ok(!fs.readFileSync(path.join(editor.workspace, 'deeplab-block.mlir'), 'utf8').includes('linalg.yield %in : f32'));
  await picture('7-fixed');
}

async function tryOptions(page, picture) {
  await openFile(page, 'model.mlir');
  await runCommand(page, 'Dispatch Lens: Try Compiler Options');
  const progress = page.locator('.notification-list-item', { hasText: 'Trying compiler options' });
  await progress.waitFor();
  await progress.getByText(/dispatches with|dispatch with/).or(page.getByText('model.mlir options.txt')).first().waitFor();
  await picture('8-trying');
  await page.locator('.view-line', { hasText: /executables/ }).first().waitFor();
  await picture('9-tried');
}

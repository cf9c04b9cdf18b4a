// A person's session, in pictures: open the dump, read a map, see the remarks, take the fix, see the count fall, see the dispatches, try options.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { localPage } from './editor.mjs';
import { choose, goTo, hoverOn, openActions, openFile, openWorkbench, runCommand, statusItem } from './workbench.mjs';

const FIX = /^(?!Ignore|Explain).*transpose/;

/** `compiles` says whether the server's Python has a compiler beside it. */
export async function session(browser, place, compiles) {
  const page = await localPage(browser);
  const pictures = process.env.PICTURES ?? path.join(place.home, 'pictures');
  fs.mkdirSync(pictures, { recursive: true });
  const picture = (name) => page.screenshot({ path: path.join(pictures, `${name}.png`) });
  try {
    await openWorkbench(page, place);
    await readDump(page, picture);
    await takeFix(page, place, picture);
    await seeDispatches(page, picture);
    await seeGraph(page, picture);
    if (compiles) {
      await tryOptions(page, picture);
      await proveFixes(page, picture);
    } else console.log('    not tried: options and proved fixes, for want of a Python with a compiler (DISPATCH_LENS_PYTHON)');
  } catch (error) {
    await page.screenshot({ path: path.join(process.env.FAILURES ?? pictures, 'failed.png') }).catch(() => undefined);
    throw error;
  } finally {
    await page.close();
  }
}

async function readDump(page, picture) {
  await openFile(page, 'deeplabv3.mlir');
  await statusItem(page, '80 dispatches · 1 standalone transpose').waitFor();
  await goTo(page, 190, 1);
  await page.locator('.squiggly-warning').first().waitFor();
  await page.locator('.monaco-breadcrumb-item', { hasText: '%11' }).waitFor();
  assert.equal(await page.locator('.unexpected-closing-bracket').count(), 0, 'an arrow was taken for a bracket');
  await picture('1-remarks');

  const map = page.locator('.view-line', { hasText: '(d2, d3, d0, d1)' }).locator('span', { hasText: /^affine_map$/ }).first();
  await hoverOn(page, map, '[2, 3, 0, 1]');
  await picture('2-map');
  await page.keyboard.press('Escape');

  await runCommand(page, 'Problems: Focus on Problems View');
  await runCommand(page, 'View: Toggle Maximized Panel');
  // Rows out of view are not in the page.
  for (const rule of ['standalone-transpose', 'unfused-elementwise-consumer']) await problem(page, rule).waitFor();
  await wide(page, () => picture('3-problems'));
  await runCommand(page, 'Problems: Focus on Problems View');
  await page.keyboard.press('Control+f');
  await page.keyboard.type('reshape-between');
  await problem(page, 'reshape-between-dispatches').waitFor();
  await runCommand(page, 'View: Toggle Panel Visibility');
  await page.locator('.markers-panel').first().waitFor({ state: 'hidden' });
}

function problem(page, rule) {
  return page.locator('.markers-panel .monaco-list-row', { hasText: rule }).first();
}

async function takeFix(page, place, picture) {
  await goTo(page, 190, 15);
  const menu = await openActions(page, FIX);
  // The first action is the fix that the server prefers. Enter, not a click: a workbench may lay a layer over the page for a while.
  await menu.locator('.monaco-list-row.focused', { hasText: FIX }).waitFor();
  await picture('4-fix');
  await page.keyboard.press('Enter');
  await statusItem(page, '79 dispatches ·').waitFor();
  await page.keyboard.press('Control+s');
  await page.locator('.tab.active:not(.dirty)').waitFor();
  assert.ok(!fs.readFileSync(path.join(place.folder, 'deeplabv3.mlir'), 'utf8').includes('(d2, d3, d0, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>'));
  await picture('5-fixed');
}

async function seeDispatches(page, picture) {
  await page.locator('.activitybar .action-item', { has: page.locator('[aria-label^="Dispatches"]') }).click();
  const row = page.locator('.tree-explorer-viewlet-tree-view .monaco-list-row');
  await row.filter({ hasText: 'depthwise' }).first().click();
  await page.locator('.statusbar-item', { hasText: /Ln \d{3,}/ }).waitFor();
  await widenSideBar(page);
  await picture('6-dispatches');
  await runCommand(page, 'Dispatch Lens: Order Dispatches by');
  await choose(page, 'could join');
  await row.filter({ hasText: 'could join a neighbour' }).waitFor();
  await picture('7-could-join');
}

async function seeGraph(page, picture) {
  await runCommand(page, 'View: Show Explorer');
  await openFile(page, 'deeplabv3.mlir');
  await goTo(page, 1, 1);
  await runCommand(page, 'Dispatch Lens: Open Graph of Dispatches');
  const graph = page.frameLocator('iframe.webview').frameLocator('#active-frame');
  await graph.locator('.node#d78').waitFor({ state: 'attached' });
  assert.equal(await graph.locator('.node').count(), 79);
  // It follows the text, without the fix and with it.
  await page.keyboard.press('Control+z');
  await graph.locator('.node#d79').waitFor({ state: 'attached' });
  await page.keyboard.press('Control+y');
  await graph.locator('.node#d79').waitFor({ state: 'detached' });
  await graph.locator('.node', { hasText: 'depthwise' }).first().click();
  await statusItem(page, 'Ln 190, Col 3').waitFor();
  await page.mouse.move(0, 0);
  await wide(page, () => picture('11-graph'));
  // By the mouse: the picture has the keys.
  await page.locator('.tab', { hasText: 'graph' }).click({ button: 'middle' });
}

/** Without the side bar. */
async function wide(page, show) {
  await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
  await page.locator('.part.sidebar').waitFor({ state: 'hidden' });
  await page.mouse.move(0, 0);
  await page.locator('.monaco-hover:not(.hidden)').first().waitFor({ state: 'hidden' });
  await show();
  await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
  await page.locator('.part.sidebar').waitFor();
}

async function widenSideBar(page) {
  const [bar, editor] = await Promise.all(['sidebar', 'editor'].map((part) => page.locator(`.part.${part}`).boundingBox()));
  const [edge, middle] = [(bar.x + bar.width + editor.x) / 2, bar.y + bar.height / 2];
  await page.mouse.move(edge, middle);
  await page.mouse.down();
  await page.mouse.move(edge + 180, middle, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction((width) => document.querySelector('.part.sidebar').offsetWidth > width, bar.width + 100);
  // Out of the text: what lies under the mouse there would be explained.
  await page.mouse.move(0, 0);
}

async function tryOptions(page, picture) {
  await runCommand(page, 'View: Show Explorer');
  await openFile(page, 'padded-convolution.mlir');
  await runCommand(page, 'Dispatch Lens: Try Compiler Options');
  const progress = page.locator('.notification-list-item', { hasText: 'Trying compiler options' });
  await progress.waitFor();
  await progress.getByText(/dispatches with|dispatch with/).or(page.getByText('padded-convolution.mlir options.txt')).first().waitFor();
  await picture('8-trying');
  await page.locator('.view-line', { hasText: /executables/ }).first().waitFor();
  await wide(page, () => picture('9-tried'));
}

async function proveFixes(page, picture) {
  await openFile(page, 'deeplab-block.mlir');
  await statusItem(page, '4 dispatches ·').waitFor();
  await runCommand(page, 'Dispatch Lens: Apply Proved Fixes');
  await page.locator('.notification-list-item', { hasText: 'Proving fixes' }).waitFor();
  await page.locator('.notification-list-item', { hasText: 'dispatches 4 → 1, results equal' }).waitFor();
  await statusItem(page, '1 dispatch ·').waitFor();
  await picture('10-proved');
  await page.locator('.notification-list-item').getByRole('button', { name: 'Show Changes' }).click();
  await page.locator('.tab.active', { hasText: 'deeplab-block.mlir: what the fixes changed' }).waitFor();
  // What was there before: the text itself has the convolution no longer.
  await page.locator('.monaco-diff-editor .view-line', { hasText: 'linalg.depthwise_conv_2d_nchw_chw' }).first().waitFor();
}

// The workbench in a page, by what a person sees of it.
import { PATIENCE_MS } from './editor.mjs';

// The server answers sooner, if need be without what takes long.
const ANSWER_MS = 6_000;

export async function openWorkbench(page, place) {
  await page.goto(place.url, { waitUntil: 'commit' });
  await page.locator('.monaco-workbench').waitFor();
}

export async function openFile(page, name) {
  await page.locator('.explorer-folders-view .monaco-list-row', { has: page.getByText(name, { exact: true }) }).dblclick();
  await page.locator('.tab.active', { has: page.getByText(name, { exact: true }) }).first().waitFor();
}

export async function runCommand(page, title) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input.input');
  await input.waitFor();
  await input.fill(`>${title}`);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().waitFor();
  await page.keyboard.press('Enter');
}

/** Whether the palette has the command. It is asked for by its title: rows out of view are not in the page. Where there is none, others are shown. */
export async function isOffered(page, title) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input.input');
  await input.waitFor();
  await input.fill(`>${title}`);
  const rows = page.locator('.quick-input-list .monaco-list-row');
  const found = rows.filter({ hasText: title });
  await found.or(rows.filter({ hasText: /similar commands|No matching/ })).first().waitFor();
  const count = await found.count();
  await page.keyboard.press('Escape');
  await input.waitFor({ state: 'hidden' });
  return count > 0;
}

/** Takes this row of a list that asks. */
export async function choose(page, title) {
  await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).waitFor();
  await page.keyboard.type(title);
  await page.keyboard.press('Enter');
}

/** Moves the cursor to a line and column; the editor has the keys when it returns. */
export async function goTo(page, line, column) {
  await page.keyboard.press('Control+g');
  const input = page.locator('.quick-input-widget input.input');
  await input.waitFor();
  await input.fill(`:${line}:${column}`);
  await page.keyboard.press('Enter');
  await input.waitFor({ state: 'hidden' });
  await statusItem(page, `Ln ${line}, Col ${column}`).waitFor();
}

/** Opens the menu of actions with one that has this text in it; the server gives those that take long when it is asked again. */
export async function openActions(page, text) {
  const menu = page.locator('.action-widget');
  await insist(menu.locator('.monaco-list-row', { hasText: text }).first(), async () => {
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
    await page.keyboard.press('Control+.');
  });
  return menu;
}

export function statusItem(page, text) {
  return page.locator('.statusbar-item', { hasText: text });
}

export function toast(page, text) {
  return page.locator('.notification-toast', { hasText: text });
}

/** Shows the hover that holds `text`, faded in whole. */
export async function hoverOn(page, target, text) {
  await insist(page.locator('.monaco-hover:not(.hidden) .hover-contents', { hasText: text }).first(), async () => {
    await page.mouse.move(0, 0);
    await target.hover();
  });
  await page.waitForFunction(() => [...document.querySelectorAll('.monaco-hover')].some((hover) => hover.offsetParent
    && getComputedStyle(hover).opacity === '1' && hover.getAnimations({ subtree: true }).every((one) => one.playState === 'finished')));
}

/** Does, until it is shown what that leads to, what a workbench drops while it lays itself out or asks of its own accord. */
async function insist(shown, act) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    await act();
    if (await shown.waitFor({ timeout: ANSWER_MS }).then(() => true, () => false)) return;
  }
  throw new Error(`not shown: ${shown}`);
}

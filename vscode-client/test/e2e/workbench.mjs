// The workbench in a page, by what a person sees of it.
import { PATIENCE_MS } from './editor.mjs';

// The server answers sooner, if need be without the actions that take long.
const ANSWER_MS = 10_000;

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

/**
 * Opens the menu of actions until it holds one with this text. VS Code drops the question when it asks of its own accord, a moment
 * after the cursor has moved; the server gives an action that takes long when it is asked again.
 */
export async function openActions(page, text) {
  const menu = page.locator('.action-widget');
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    await page.keyboard.press('Control+.');
    const opened = await menu.waitFor({ timeout: ANSWER_MS }).then(() => true, () => false);
    if (opened && (await menu.locator('.monaco-list-row', { hasText: text }).count()) > 0) return menu;
    if (opened) await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
  }
  throw new Error(`no action ${text}`);
}

export function statusItem(page, text) {
  return page.locator('.statusbar-item', { hasText: text });
}

export function toast(page, text) {
  return page.locator('.notification-toast', { hasText: text });
}

/** Waits until a hover that holds `text` has faded in whole. */
export async function hoverOn(page, target, text) {
  await target.hover();
  await page.locator('.monaco-hover:not(.hidden) .hover-contents', { hasText: text }).first().waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('.monaco-hover')].some((hover) => hover.offsetParent
    && getComputedStyle(hover).opacity === '1' && hover.getAnimations({ subtree: true }).every((one) => one.playState === 'finished')));
}

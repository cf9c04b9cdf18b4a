// The workbench in a page, by what a person sees of it.

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

/** Moves the cursor to a line and column. */
export async function goTo(page, place) {
  await page.keyboard.press('Control+g');
  const input = page.locator('.quick-input-widget input.input');
  await input.waitFor();
  await input.fill(`:${place}`);
  await page.keyboard.press('Enter');
  await page.locator('.statusbar-item', { hasText: `Ln ${place.split(':')[0]},` }).waitFor();
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

// What a person waits for who opens a window on a dump: its text, and the first squiggle in it.
import path from 'node:path';
import { localPage } from './editor.mjs';

/** Milliseconds since the window began. */
export async function untilSquiggle(browser, place, name) {
  const page = await localPage(browser);
  const payload = JSON.stringify([['openFile', place.remote(path.join(place.folder, name))]]);
  const begin = performance.now();
  const since = () => Math.round(performance.now() - begin);
  try {
    await page.goto(`${place.url}&payload=${encodeURIComponent(payload)}`, { waitUntil: 'commit' });
    await page.locator('.view-line').first().waitFor();
    const text = since();
    await page.locator('.squiggly-warning').first().waitFor();
    return { text, squiggle: since() };
  } finally {
    await page.close();
  }
}

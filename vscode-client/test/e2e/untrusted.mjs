// A folder that is not trusted: its settings start nothing, and its dumps are still read.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { localPage } from './editor.mjs';
import { behaviourFiles } from './files.mjs';
import { openFile, openWorkbench, statusItem } from './workbench.mjs';

const trap = path.join(os.tmpdir(), `dispatch-lens-trap-${process.pid}`);

export const untrusted = {
  setUp() {
    fs.writeFileSync(`${trap}.sh`, `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 });
    return { trusted: false };
  },

  async run(browser, editor) {
    const settings = JSON.stringify({ 'dispatchLens.serverPath': `${trap}.sh`, 'dispatchLens.pythonPath': `${trap}.sh` });
    const place = editor.withFolder('untrusted', { ...behaviourFiles, '.vscode/settings.json': settings });
    const page = await localPage(browser);
    try {
      await openWorkbench(page, place);
      await statusItem(page, 'Restricted Mode').waitFor();
      await openFile(page, 'block.mlir');
      await page.locator('.squiggly-warning').first().waitFor();
      await statusItem(page, '4 dispatches').waitFor();
      assert.ok(!fs.existsSync(trap), 'a program of the workspace was started');
      await page.keyboard.press('F1');
      await page.locator('.quick-input-widget input.input').fill('>Dispatch Lens: ');
      await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Show Summary' }).waitFor();
      assert.equal(await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Install IREE' }).count(), 0);
    } finally {
      await page.close();
      fs.rmSync(`${trap}.sh`, { force: true });
    }
  },
};

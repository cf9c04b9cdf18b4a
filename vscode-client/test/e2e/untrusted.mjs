// A folder that is not trusted: its settings start nothing, and its dumps are still read.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { localPage } from './editor.mjs';
import { behaviourFiles } from './files.mjs';
import { isOffered, openFile, openWorkbench, statusItem } from './workbench.mjs';

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
      assert.ok(await isOffered(page, 'Dispatch Lens: Show Summary of This File'));
      for (const title of ["Install IREE's Compiler", 'Try Compiler Options', 'Apply Proved Fixes', 'Ask the Compiler About This File']) {
        assert.ok(!(await isOffered(page, `Dispatch Lens: ${title}`)), title);
      }
      await openFile(page, 'notes.txt');
      await statusItem(page, '4 dispatches').waitFor({ state: 'detached' });
      for (const title of ['Show Summary of This File', 'Open Graph of Dispatches']) {
        assert.ok(!(await isOffered(page, `Dispatch Lens: ${title}`)), `without a dump: ${title}`);
      }
    } finally {
      await page.close();
      fs.rmSync(`${trap}.sh`, { force: true });
    }
  },
};

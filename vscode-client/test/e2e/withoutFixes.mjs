// The negative control: with a server that offers no fix, the test of the fix fails, and it alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { behaviourFiles } from './files.mjs';
import { runInHost } from './host.mjs';

const proxy = path.join(path.dirname(fileURLToPath(import.meta.url)), 'proxyWithoutFixes.py');

export const withoutFixes = {
  setUp() {
    const server = path.join(os.tmpdir(), `dispatch-lens-control-${process.pid}`);
    fs.writeFileSync(server, `#!/bin/sh\nexec python3 ${proxy} "$@"\n`, { mode: 0o755 });
    return { machineSettings: { 'dispatchLens.serverPath': server } };
  },

  async run(browser, editor) {
    const failure = await runInHost(browser, editor.withFolder('control', behaviourFiles), 'fix.js').then(() => undefined, (error) => error);
    assert.ok(failure, 'the run passed without a fix');
    assert.deepEqual(failure.failed, ['a quick fix is applied and saved, and the count falls']);
  },
};

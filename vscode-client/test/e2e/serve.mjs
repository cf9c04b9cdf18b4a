// A VS Code in the browser with the extension and its sample, until it is interrupted. Prints the address.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEditor } from './editor.mjs';
import { sessionFiles } from './files.mjs';
import { installCodeServer } from './install.mjs';

const client = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const vsix = path.join(client, '../dist/dispatch-lens.vsix');
if (!fs.existsSync(vsix)) execFileSync('npm', ['run', 'package'], { cwd: client, stdio: 'inherit' });
const editor = await startEditor({ program: installCodeServer(), vsix });
const place = editor.withFolder('dumps', sessionFiles);
const payload = JSON.stringify([['openFile', place.remote(path.join(place.folder, 'deeplabv3.mlir'))]]);
console.log(`VS Code is at ${place.url}&payload=${encodeURIComponent(payload)}\nCtrl-C ends it.`);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { editor.stop(); process.exit(0); });

// A VS Code in the browser with the extension and its sample, until it is interrupted. Prints the address.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEditor } from './editor.mjs';
import { workspaceFiles } from './files.mjs';
import { installCodeServer } from './install.mjs';

const client = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const vsix = path.join(client, '../dist/dispatch-lens.vsix');
if (!fs.existsSync(vsix)) execFileSync('npm', ['run', 'package'], { cwd: client, stdio: 'inherit' });
const { 'deeplab-block.mlir': block, 'deeplab.mlir': deeplab } = workspaceFiles();
const editor = await startEditor({ program: installCodeServer(), vsix, files: { 'deeplab-block.mlir': block, 'deeplab.mlir': deeplab } });
console.log(`VS Code is at ${editor.url}\nCtrl-C ends it.`);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { editor.stop(); process.exit(0); });

// Puts the server and what it imports into bundled/: pure Python only, for every Python from 3.10 on and every system.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const client = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const root = path.dirname(client);
const bundled = path.join(client, 'bundled');
const wheels = path.join(root, 'dist');
const python = process.env.PYTHON ?? 'python3';
// Backports that the server's dependencies ask for on Python 3.10 alone.
const BACKPORTS = ['tomli', 'exceptiongroup', 'typing_extensions'];
const PURE = ['--only-binary=:all:', '--platform', 'any', '--implementation', 'py', '--abi', 'none', '--python-version', '3.10'];

function pip(...args) {
  execFileSync(python, ['-m', 'pip', ...args, '--quiet', '--disable-pip-version-check'], { cwd: root, stdio: 'inherit' });
}

fs.rmSync(wheels, { recursive: true, force: true });
pip('wheel', '--no-deps', '--wheel-dir', wheels, '.');
const [wheel] = fs.readdirSync(wheels).filter((name) => name.endsWith('.whl'));
fs.rmSync(bundled, { recursive: true, force: true });
pip('install', '--target', bundled, '--no-compile', ...PURE, path.join(wheels, wheel), ...BACKPORTS);
fs.rmSync(path.join(bundled, 'bin'), { recursive: true, force: true });

const compiled = fs.readdirSync(bundled, { recursive: true }).filter((name) => /\.(so|pyd|dylib)$/.test(name));
if (compiled.length > 0) throw new Error(`not pure Python: ${compiled.join(', ')}`);

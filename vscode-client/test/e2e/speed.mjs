// How long a person waits, measured in the extension host of a quiet machine; `RECORD=docs/performance.md` writes the table there.
import fs from 'node:fs';
import { differentBlocks, models } from './files.mjs';
import { runInHost } from './host.mjs';
import { untilSquiggle } from './waiting.mjs';

const STARTS = 11;
const MARKS = /(?<=<!-- vscode -->\n)[^]*?(?=<!-- end vscode -->)/;

export async function speed(browser, editor) {
  const run = async (name, files, file) => {
    await forget(browser);
    return runInHost(browser, editor.withFolder(name, files), file);
  };
  // Python compiles what it imports once: the first start after an installation is another than all others.
  const first = await run('first', models(1e6), 'start.js');
  const starts = [];
  for (let turn = 1; turn <= STARTS; turn++) starts.push(await run(`start-${turn}`, models(1e6), 'start.js'));
  const seen = await least(async (turn) => {
    await forget(browser);
    return untilSquiggle(browser, editor.withFolder(`seen-${turn}`, models(1e6)), 'dump.mlir');
  });
  const different = await least((turn) => run(`different-${turn}`, differentBlocks(1e6), 'start.js'));
  const typing = await run('typing', models(10e6), 'typing.js');
  const table = written({ first, starts, seen, different, typing });
  console.log(table);
  const page = process.env.RECORD;
  if (page) fs.writeFileSync(page, fs.readFileSync(page, 'utf8').replace(MARKS, table));
}

/** Of three runs: what else the machine does only adds. */
async function least(run) {
  const found = [await run(1), await run(2), await run(3)];
  return found.reduce((best, one) => (one.squiggle < best.squiggle ? one : best));
}

/** What a workbench keeps in the browser wakes extensions of the last time. */
async function forget(browser) {
  for (const context of browser.contexts()) await context.close();
}

function written({ first, starts, seen, different, typing }) {
  const squiggles = starts.map((one) => one.squiggle).sort((one, other) => one - other);
  const rows = [
    [`1 MB dump, opened while the editor starts: its first squiggle, of ${STARTS} starts (median, worst)`, pair(squiggles[Math.floor(STARTS / 2)], squiggles.at(-1)), '3 000 ms'],
    ['the same, the first time after the installation (its text)', `${first.squiggle} ms (${first.opened} ms)`, '3 000 ms'],
    ['the same, a window opened on it: since its beginning (its text)', `${seen.squiggle} ms (${seen.text} ms)`, ''],
    ['1 MB of 286 different blocks (its text)', `${different.squiggle} ms (${different.opened} ms)`, ''],
    ['10 MB dump: a key, until the text has changed (median, worst)', pair(typing.ours.key, typing.ours.worstKey), ''],
    ['10 MB dump: a key, until a hover is known (median, worst)', pair(typing.ours.hover, typing.ours.worstHover), ''],
    ['the same keys in a text of 10 MB that the extension does not read: a key', pair(typing.plain.key, typing.plain.worstKey), ''],
    ['the same keys there: a hover', pair(typing.plain.hover, typing.plain.worstHover), ''],
    ['memory with the 10 MB dump: the extension host, the server, its readers', typing.memory.map((size) => `${size} MB`).join(', '), ''],
  ];
  return ['| measure | seen | at most |', '|---|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n') + '\n';
}

function pair(median, worst) {
  return `${median} ms, ${worst} ms`;
}

// The folders that the runs open.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const client = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const fixtures = path.join(client, '../tests/fixtures');
const read = (...parts) => fs.readFileSync(path.join(...parts), 'utf8');

export const block = read(client, 'samples/deeplab-block.mlir');
const log = `[1/2] compiling\n[2/2] printing\n${block}`;

/** One that can be compiled. */
export const program = read(fixtures, 'cases/iree22091_transpose_pad_conv_transpose.mlir');

/** What a person has at hand: the dump of a model, a block of it, a log that holds a dump, a program that can be compiled. */
export const sessionFiles = {
  'deeplabv3.mlir': read(fixtures, 'models/deeplab/2024-07/seed.form-dispatch-regions.mlir'),
  'deeplab-block.mlir': block,
  'compile.log': log,
  'padded-convolution.mlir': program,
};
export const behaviourFiles = { 'block.mlir': block, 'before.mlir': block, 'compile.log': log, 'notes.txt': 'Nothing to see here.\n' };

/** The block as the compiler beside that Python writes it. */
export function bytecodeFiles(python) {
  const program = path.join(path.dirname(python), 'iree-opt');
  return { 'block.mlirbc': execFileSync(program, ['--emit-bytecode', '-'], { input: block, stdio: ['pipe', 'pipe', 'ignore'] }) };
}

const formed = read(fixtures, 'models/deeplab/3.13/default.form-dispatch-regions.mlir');

/** One program: a block that has remarks, and a model over and over under other names; or blocks of which no two are equal. */
export const models = (size) => ({ 'dump.mlir': `module {\n${block.slice(block.indexOf('util.func'))}${repeated(size, copyOfModel)}\n}\n` });
export const differentBlocks = (size) => ({ 'dump.mlir': repeated(size, blockOfChannels) });

export function tooLargeForEditors() {
  return block.repeat(Math.ceil(60e6 / block.length));
}

function repeated(size, part) {
  const parts = [];
  for (let length = 0; length < size; length += parts.at(-1).length) parts.push(part(parts.length));
  return parts.join('\n');
}

function copyOfModel(count) {
  return formed.slice(formed.indexOf('util.func')).replace(/^\/\/ -----\/\/ .*$/gm, '')
    .replace(/%(\d+)\b/g, (_, number) => `%${Number(number) + 1000 * count}`)
    .replace(/\butil\.(?:func (?:public|private)|call) @/g, (head) => `${head}copy${count}_`);
}

function blockOfChannels(count) {
  const channels = 16 + count;
  return block.replaceAll('x32x', `x${channels}x`).replaceAll('<32x', `<${channels}x`).replaceAll(', 32]', `, ${channels}]`)
    .replaceAll('@deeplab_block', `@block_${channels}`);
}

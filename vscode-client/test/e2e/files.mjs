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

/** What a person has at hand: the dump of a model, a block of it, a log that holds a dump, a program that can be compiled. */
export const sessionFiles = {
  'deeplabv3.mlir': read(fixtures, 'models/deeplab/2024-07/seed.form-dispatch-regions.mlir'),
  'deeplab-block.mlir': block,
  'compile.log': log,
  'padded-convolution.mlir': read(fixtures, 'cases/iree22091_transpose_pad_conv_transpose.mlir'),
};
export const behaviourFiles = { 'block.mlir': block, 'before.mlir': block, 'compile.log': log, 'notes.txt': 'Nothing to see here.\n' };

/** The block as the compiler beside that Python writes it. */
export function bytecodeFiles(python) {
  const program = path.join(path.dirname(python), 'iree-opt');
  return { 'block.mlirbc': execFileSync(program, ['--emit-bytecode', '-'], { input: block, stdio: ['pipe', 'pipe', 'ignore'] }) };
}

export const speedFiles = { 'one-megabyte.mlir': blocks(1e6), 'ten-megabytes.mlir': blocks(10e6) };

export function tooLargeForEditors() {
  return block.repeat(Math.ceil(60e6 / block.length));
}

/** Blocks of different channel counts, so that no two are equal text: more work than any model is. */
function blocks(size) {
  const parts = [];
  for (let length = 0, channels = 16; length < size; channels += 1) {
    const part = block.replaceAll('x32x', `x${channels}x`).replaceAll('<32x', `<${channels}x`).replaceAll(', 32]', `, ${channels}]`)
      .replaceAll('@deeplab_block', `@block_${channels}`);
    parts.push(part);
    length += part.length;
  }
  return parts.join('\n');
}

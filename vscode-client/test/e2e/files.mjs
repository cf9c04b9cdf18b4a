// The workspace that the runs open.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const client = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const block = fs.readFileSync(path.join(client, 'samples/deeplab-block.mlir'), 'utf8');
const dump = path.join(client, '../tests/fixtures/models/deeplab/2024-07/seed.form-dispatch-regions.mlir');
const model = path.join(client, '../tests/fixtures/cases/iree22091_transpose_pad_conv_transpose.mlir');

export function workspaceFiles() {
  return {
    'behaviour.mlir': block,
    'deeplab-block.mlir': block,
    'deeplab.mlir': fs.readFileSync(dump, 'utf8'),
    'compile.log': `[1/2] compiling\n[2/2] printing\n${block}`,
    'model.mlir': fs.readFileSync(model, 'utf8'),
    'notes.txt': 'Nothing to see here.\n',
    'one-megabyte.mlir': blocks(1e6),
    'ten-megabytes.mlir': blocks(10e6),
  };
}

export function tooLargeForEditors() {
  return block.repeat(Math.ceil(60e6 / block.length));
}

/** Blocks of different channel counts, so that no two are equal text. */
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

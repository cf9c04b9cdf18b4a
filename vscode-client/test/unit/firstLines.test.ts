import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startsLikeDump } from '../../src/firstLines';

const dumps = [
  'compiling model.mlir\n[1/3] done\n// -----// IR Dump After CSE (cse) //----- //\nfunc.func @f() {',
  '#map = affine_map<(d0) -> (d0)>\nmodule {',
  '// a note\nmodule attributes {stream.x = 1} {',
  'util.func public @jit_eval(%arg0: !hal.buffer_view) {',
  'On Tuesday somebody wrote:\n> // -----// IR Dump After CSE (cse) //----- //\n> func.func @f() {',
  '> > module {\n> >   func.func @f() {',
  '   1 | module {\n   2 |   func.func @f() {',
  '%11 = flow.dispatch.region -> (tensor<1x32x259x259xf32>) {',
];
const others = ['', 'hello world\n', 'module load cuda/12\n', '# map = notes\n', '2024-07-01 INFO started {', '> hello\n> world\n', '12 monkeys\n', '% a LaTeX comment = x.y'];

for (const text of dumps) test(`a dump: ${text.slice(0, 40)}`, () => assert.ok(startsLikeDump(text)));
for (const text of others) test(`not a dump: ${text.slice(0, 40)}`, () => assert.ok(!startsLikeDump(text)));

// SYNTAX TEST "source.mlir" "ops, values, symbols, blocks, attributes"

func.func public @tf2onnx$async(%arg0: !hal.buffer_view) attributes {iree.abi.stub} {
// <---- meta.dialect.mlir
//        ^^^^^^ storage.modifier.mlir
//               ^^^^^^^^^^^^^^ entity.name.function.symbol.mlir
//                              ^^^^^ variable.other.readwrite.value.mlir
//                                     ^^^^^^^^^^^^^^^^ storage.type.dialect.mlir
//                                                       ^^^^^^^^^^ storage.modifier.mlir

  %0 = flow.dispatch.region -> (tensor<4x8xf32>) {
//^^ variable.other.readwrite.value.mlir
//   ^ keyword.operator.assignment.mlir
//     ^^^^^^^^^^^^^^^^^^^^ keyword.control.op.mlir
//                          ^^ keyword.operator.arrow.mlir
//                              ^^^^^^ support.type.shaped.mlir
//                                     ^ constant.numeric.dim.mlir
//                                      ^ punctuation.separator.dim.mlir
//                                       ^ constant.numeric.dim.mlir
//                                         ^^^ support.type.scalar.mlir

  %1:2 = "foo.bar"(%0#1) {offsets = [0, -1], when = true} : (f32) -> index
//^^^^ variable.other.readwrite.value.mlir
//       ^^^^^^^^^ keyword.control.op.generic.mlir
//                 ^^^^ variable.other.readwrite.value.mlir
//                        ^^^^^^^ variable.other.property.attribute.mlir
//                                      ^^ constant.numeric.mlir
//                                                  ^^^^ constant.language.mlir
//                                                                   ^^^^^ support.type.scalar.mlir

  %2 = linalg.fill ins(%cst_0 : f32) outs(%1 : tensor<?x4xbf16>) -> tensor<?x4xbf16>
//     ^^^^^^^^^^^ keyword.control.op.mlir
//                 ^^^ keyword.other.mlir
//                     ^^^^^^ variable.other.readwrite.value.mlir
//                                   ^^^^ keyword.other.mlir
//                                                    ^ constant.numeric.dim.mlir
//                                                        ^^^^ support.type.scalar.mlir

  ^bb0(%in: f32, %out: f32):
//^^^^ entity.name.label.block.mlir
//     ^^^ variable.other.readwrite.value.mlir

  %3 = tensor.expand_shape %2 [[0, 1], [2]] output_shape [1, 4, 8] : tensor<4x8xf32> into tensor<1x4x8xf32>
//     ^^^^^^^^^^^^^^^^^^^ keyword.control.op.mlir
//                                                                                   ^^^^ keyword.other.mlir

  flow.dispatch @ex::@entry[%c1](%0) : (tensor<4xi8>) -> !t
//^^^^^^^^^^^^^ keyword.control.op.mlir
//              ^^^ entity.name.function.symbol.mlir
//                   ^^^^^^ entity.name.function.symbol.mlir
//                                                       ^^ entity.name.type.alias.mlir

  %s = arith.constant "a \" b" 
//                    ^^^^^^^^ string.quoted.double.mlir


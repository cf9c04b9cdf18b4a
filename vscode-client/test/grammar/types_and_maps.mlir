// SYNTAX TEST "source.mlir" "types, affine maps, dense, locations"

#map = affine_map<(d0, d1)[s0] -> (d1 floordiv 2, d0 + s0)>
// <---- variable.other.constant.alias.mlir
//     ^^^^^^^^^^ support.type.affine.mlir
//                 ^^ variable.parameter.dim.mlir
//                             ^^ keyword.operator.arrow.mlir
//                                 ^^ variable.parameter.dim.mlir
//                                    ^^^^^^^^ keyword.operator.word.affine.mlir
//                                             ^ constant.numeric.mlir
//                                                   ^ keyword.operator.arithmetic.mlir

#set = affine_set<(d0) : (d0 - 1 >= 0)> // after
//     ^^^^^^^^^^ support.type.affine.mlir
//                               ^^ keyword.operator.comparison.mlir
//                                      ^^^^^^^^ comment.line.double-slash.mlir

!t = tensor<4x?x8xi32, #iree_encoding.testing<>>
// <-- entity.name.type.alias.mlir
//            ^ constant.numeric.dim.mlir
//                ^^^ support.type.scalar.mlir
//                     ^^^^^^^^^^^^^^^^^^^^^^ support.type.attribute.mlir

  %0 = foo.load : !flow.dispatch.tensor<readonly:tensor<67081x32xf32>> -> tensor<*xf32>
//                ^^^^^^^^^^^^^^^^^^^^^ storage.type.dialect.mlir
//                                      ^^^^^^^^ storage.modifier.access.mlir
//                                               ^^^^^^ support.type.shaped.mlir
//                                                      ^^^^^ constant.numeric.dim.mlir
//                                                               ^^^ support.type.scalar.mlir
//                                                                     ^^ keyword.operator.arrow.mlir
//                                                                               ^ constant.numeric.dim.mlir

  %1 = foo.load : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4xf8E4M3FN>>
//                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ storage.type.dialect.mlir
//                                                 ^^^^^^^^^ storage.modifier.access.mlir
//                                                                    ^^^^^^^^ support.type.scalar.mlir

  %2 = arith.constant dense<[0.5, -1.0e+00]> : vector<2xf32>
//     ^^^^^^^^^^^^^^ keyword.control.op.mlir
//                    ^^^^^ support.type.elements.mlir
//                           ^^^ constant.numeric.mlir
//                                ^^^^^^^^ constant.numeric.mlir
//                                             ^^^^^^ support.type.shaped.mlir

  %3 = arith.constant dense_resource<__elided__> : tensor<256xf32>
//                    ^^^^^^^^^^^^^^ support.type.elements.mlir
//                                   ^^^^^^^^^^ constant.language.elided.mlir
//                                                 ^^^^^^ support.type.shaped.mlir

  %4 = linalg.pad {dilations = dense<"0x0A0B"> : vector<2xi64>} loc(fused["a", callsite(#loc3 at "b.py":3:4)])
//                 ^^^^^^^^^ variable.other.property.attribute.mlir
//                                   ^^^^^^^^ string.quoted.double.mlir
//                                                        ^^^ support.type.scalar.mlir
//                                                              ^^^ keyword.other.location.mlir
//                                                                  ^^^^^ keyword.other.location.mlir
//                                                                             ^^^^^^^^ keyword.other.location.mlir
//                                                                                      ^^^^^ constant.other.location.mlir
//                                                                                            ^^ keyword.other.location.mlir
//                                                                                               ^^^^^^ string.quoted.double.mlir
//                                                                                                      ^ constant.numeric.mlir

  %5 = arith.constant 0x7F800000 : f32
//                    ^^^^^^^^^^ constant.numeric.mlir
//                                 ^^^ support.type.scalar.mlir

  %6 = foo.cast : memref<4x8xf16, affine_map<(d0, d1) -> (d1, d0)>, 1>
//                ^^^^^^ support.type.shaped.mlir
//                           ^^^ support.type.scalar.mlir
//                                ^^^^^^^^^^ support.type.affine.mlir
//                                                    ^^ keyword.operator.arrow.mlir

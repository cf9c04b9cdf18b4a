// SYNTAX TEST "source.mlir" "dump headers and split marks"

// -----// IR Dump After FormDispatchRegionsPass (iree-dispatch-creation-form-dispatch-regions) //----- //
//         ^^^^^^^ markup.heading.dump.mlir
//                 ^^^^^ keyword.other.dump.mlir
//                       ^^^^^^^^^^^^^^^^^^^^^^^ entity.name.section.pass.mlir
//                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ string.unquoted.pass-argument.mlir
//                                                                                              ^^^^^^^ markup.heading.dump.mlir

// -----// IR Dump Before CSE (cse) ('func.func' operation: @main) //----- //
//                 ^^^^^^ keyword.other.dump.mlir
//                        ^^^ entity.name.section.pass.mlir
//                                                          ^^^^^ entity.name.function.symbol.mlir

// -----// IR Dump After CSE Failed (cse) //----- //
//                           ^^^^^^ invalid.illegal.failed-pass.mlir

// -----
// <-------- markup.heading.split.mlir

  return // a comment -----
//^^^^^^ keyword.control.mlir
//       ^^^^^^^^^^^^^^^^^^ comment.line.double-slash.mlir

> // -----// IR Dump After CSE (cse) //----- //
//<- punctuation.definition.quote.mlir
//         ^^^^^^^ markup.heading.dump.mlir
//                         ^^^ entity.name.section.pass.mlir

> // -----
//<- punctuation.definition.quote.mlir
// ^^^^^^^^ markup.heading.split.mlir

> > %0 = a.b : f32
//<- punctuation.definition.quote.mlir
//^ punctuation.definition.quote.mlir
//  ^^ variable.other.readwrite.value.mlir

  hal.tensor.barrier join(%0 : f32) => %1 : !util.list<(i32) -> f32>
//                                  ^^ keyword.operator.arrow.mlir
//                                                           ^^ keyword.operator.arrow.mlir

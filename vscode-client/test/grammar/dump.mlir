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


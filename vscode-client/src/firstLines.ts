/** Whether a text begins as MLIR does. Knows nothing of VS Code. */
const DUMP_HEADER = /^\s*\/\/ -----\/\/ IR Dump (?:Before|After) /m;
const IR_LINE = /^\s*(?:(?:builtin\.)?module\b.*\{\s*$|(?:func\.func|util\.func|hal\.executable|flow\.executable)\b.*[@{]|[#!][\w$]+ = (?:affine_map|affine_set|#|!|loc\()|%[\w$.-]+(?::\d+)?(?:, %[\w$.-]+)* = "?[a-z_][\w$]*\.[\w$.]+)/;

/** A header of a dump anywhere in these lines (a log begins with other things), or IR in the first line that says something. */
export function startsLikeDump(head: string): boolean {
  if (DUMP_HEADER.test(head)) return true;
  const first = head.split('\n').find((line) => line.trim() && !line.trim().startsWith('//'));
  return first !== undefined && IR_LINE.test(first);
}

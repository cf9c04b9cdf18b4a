/** Whether a text begins as MLIR does. Knows nothing of VS Code. */
const DUMP_HEADER = /^\s*\/\/ -----\/\/ IR Dump (?:Before|After) /;
const IR_LINE = /^\s*(?:(?:builtin\.)?module\b.*\{\s*$|(?:func\.func|util\.func|hal\.executable|flow\.executable)\b.*[@{]|[#!][\w$]+ = (?:affine_map|affine_set|#|!|loc\()|%[\w$.-]+(?::\d+)?(?:, %[\w$.-]+)* = "?[a-z_][\w$]*\.[\w$.]+)/;

/** What stands in front of a quoted line, or of a numbered one. */
const PASTED = /^(?: ?>)+ ?|^[ \t]*\d+[ \t]*(?:[|:│][ \t]?|[ \t])/;

/** A header of a dump anywhere in these lines (a log begins with other things), or IR in the first line that says something. */
export function startsLikeDump(head: string): boolean {
  const lines = head.split('\n').map((line) => line.replace(PASTED, ''));
  if (lines.some((line) => DUMP_HEADER.test(line))) return true;
  const first = lines.find((line) => line.trim() && !line.trim().startsWith('//'));
  return first !== undefined && IR_LINE.test(first);
}

/** Beside the LLVM project's MLIR extension: what that one answers is not said twice. */
import * as vscode from 'vscode';
import type { HoverMiddleware } from 'vscode-languageclient/node';

const LLVM_MLIR = 'llvm-vs-code-extensions.vscode-mlir';
/** The places at which the others are being asked, and with them this extension. */
const asked = new Set<string>();

export const hoverUnlessAnswered: HoverMiddleware['provideHover'] = async (document, position, token, next) => {
  if (!vscode.extensions.getExtension(LLVM_MLIR)?.isActive) return next(document, position, token);
  const place = `${String(document.uri)}:${position.line}:${position.character}`;
  if (asked.has(place)) return undefined;
  asked.add(place);
  try {
    const others = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, position);
    return others.length > 0 ? undefined : await next(document, position, token);
  } finally {
    asked.delete(place);
  }
};

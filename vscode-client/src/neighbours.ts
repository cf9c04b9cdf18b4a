/** Beside the LLVM project's MLIR extension: what that one answers is not said twice. */
import * as vscode from 'vscode';
import type { HoverMiddleware } from 'vscode-languageclient/node';

const LLVM_MLIR = 'llvm-vs-code-extensions.vscode-mlir';
let asking = false;

export const hoverUnlessAnswered: HoverMiddleware['provideHover'] = async (document, position, token, next) => {
  if (!vscode.extensions.getExtension(LLVM_MLIR)?.isActive) return next(document, position, token);
  if (asking) return undefined;
  asking = true;
  try {
    const others = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, position);
    return others.length > 0 ? undefined : await next(document, position, token);
  } finally {
    asking = false;
  }
};

/** A `.mlirbc` file as text: opened, it gives way to a read-only dump that the compiler prints of it. */
import * as vscode from 'vscode';
import type { Server } from './client';
import { answer } from './documents';

const VIEW = 'dispatchLens.bytecode';

export function bytecodeEditors(server: Server): vscode.Disposable {
  return vscode.window.registerCustomEditorProvider(VIEW, {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: async ({ uri }, panel) => {
      panel.webview.html = page('Reading bytecode…');
      const found = await read(server, uri);
      if (found.text === undefined) {
        panel.webview.html = page(found.failure);
        return;
      }
      const dump = answer(`${uri.path.slice(1)}.mlir`, found.text);
      await vscode.window.showTextDocument(dump, { viewColumn: panel.viewColumn, preview: false });
      panel.dispose();
    },
  } satisfies vscode.CustomReadonlyEditorProvider);
}

type Read = { text: string } | { text: undefined; failure: string };

async function read(server: Server, uri: vscode.Uri): Promise<Read> {
  await server.start();
  const found = await server.ask<{ text: string; failure?: string }>('readBytecode', { uri: uri.toString() });
  if (found && !found.failure) return { text: found.text };
  return { text: undefined, failure: found?.failure ?? 'The server does not read bytecode; its log says why.' };
}

/** A page of words: it loads and runs nothing. */
function page(words: string): string {
  const escaped = words.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="default-src 'none'"><p>${escaped}</p>`;
}

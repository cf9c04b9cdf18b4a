/** Actions that cannot be made, with the reason in their title: the menu of VS Code shows it nowhere else. */
import type { CodeActionMiddleware } from 'vscode-languageclient/node';

export const withReasons: CodeActionMiddleware['provideCodeActions'] = async (document, range, context, token, next) => {
  const actions = await next(document, range, context, token);
  for (const action of actions ?? []) {
    if ('disabled' in action && action.disabled) action.title += ` (${action.disabled.reason})`;
  }
  return actions;
};

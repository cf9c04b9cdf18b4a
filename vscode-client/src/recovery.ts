/** What happens when the server ends by itself: it is started again, unless it keeps ending. */
import { CloseAction, ErrorAction, type ErrorHandler } from 'vscode-languageclient/node';

const MOST = 5;
const WITHIN_MS = 3 * 60_000;

export function recovery(giveUp: () => void): ErrorHandler {
  const ends: number[] = [];
  return {
    // A server that ends while it is written to breaks the pipe first; the end itself is told right after, and is what counts.
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    closed: () => {
      const now = Date.now();
      ends.push(now);
      const isHopeless = ends.filter((end) => now - end < WITHIN_MS).length >= MOST;
      if (isHopeless) giveUp();
      return { action: isHopeless ? CloseAction.DoNotRestart : CloseAction.Restart, handled: true };
    },
  };
}

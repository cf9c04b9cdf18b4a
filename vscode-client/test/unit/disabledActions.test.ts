import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withReasons } from '../../src/disabledActions';

test('an action that cannot be made says why in its title, another stays as it is', async () => {
  const actions = [{ title: 'Split', disabled: { reason: 'one op' } }, { title: 'Join' }, { title: 'Run', command: 'run' }];
  const [document, range, context, token] = [undefined as never, undefined as never, undefined as never, undefined as never];
  const shown = await withReasons?.(document, range, context, token, async () => actions);
  assert.deepEqual(shown?.map((action) => action.title), ['Split (one op)', 'Join', 'Run']);
});

import { test } from 'vitest';
import { createUser } from '../helpers/actors.ts';
import { reconnectManyTimes } from '../helpers/reconnect.ts';

test('two hundred streams lose and repeat nothing, with a connection for every event', async () => {
  await reconnectManyTimes(await createUser(), 200, 20);
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NAMESPACE } from '../../src/api/kinds.ts';
import { instant, millis } from '../../src/api/time.ts';
import { isSluiceError } from '../../src/ports/errors.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';

it('a client that asks in a circle while time stands still is refused after 20,000 requests, and answered again later', async () => {
  const clock = createVirtualClock(instant(0));
  const client = createSimCluster({ clock, crds: [] }).as({ name: 'jane', groups: [] });
  const read = () => client.get(NAMESPACE, { name: 'default' });
  for (let count = 0; count < 20_000; count += 1) await read();
  await assert.rejects(read, (error) => isSluiceError(error) && error.code === 'rate_limited');
  await clock.runFor(millis(1));
  assert.equal((await read())?.metadata.name, 'default');
});

import { rolloutSweep, SWEPT_ROLLOUTS } from '../rollouts/rollout-sweeps.ts';
import { soak, soakEvery } from './soak.ts';

const every = soakEvery();
for (const name of Object.keys(SWEPT_ROLLOUTS)) {
  for (const kind of ['crash', 'fault', 'stale'] as const) {
    await soak(`${name}: ${kind} sweep`, every, (step) => rolloutSweep(kind, name, { every: step }));
  }
}

import type { SimUser } from '../cluster/sim-types.ts';

/** As whom the controller under test speaks to the simulated cluster. */
export const CONTROLLER_USER: SimUser = {
  name: 'system:serviceaccount:sluice-system:sluice',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:sluice-system', 'system:authenticated'],
};

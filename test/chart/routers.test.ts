import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { render } from './render.ts';

const GROUPS = { istio: 'networking.istio.io', nginx: 'networking.k8s.io', traefik: 'traefik.io', contour: 'projectcontour.io' } as const;

describe('the rights over routers', () => {
  for (const [router, group] of Object.entries(GROUPS)) {
    it(`are given for ${router} only when its switch is on`, async () => {
      const grants = async (enabled: boolean): Promise<boolean> =>
        JSON.stringify(await render({ routers: { [router]: { enabled } } })).includes(`"apiGroups":["${group}"]`);
      assert.deepEqual([await grants(true), await grants(false)], [true, false]);
    });
  }
});

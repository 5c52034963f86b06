import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startSluice } from '../app/sluice-process.ts';
import { route } from '../rollouts/routed-lab.ts';
import { ROUTER_CASES, type RouterCase } from '../rollouts/router-cases.ts';
import { blocksOf, readPage } from './markdown.ts';

const IMAGE = 'registry.example.com/checkout';

interface Example {
  /** The object that the example names, as a service team has it before. */
  readonly objects: string;
  /** What the data plane does in the course of the release, in this order. */
  readonly served: readonly string[];
}

function objectsOf({ objects }: RouterCase): string {
  return objects.replaceAll(/\bweb\b/g, 'checkout');
}

function caseOf(name: string): RouterCase {
  const found = ROUTER_CASES[name];
  assert.ok(found, `there is no router case ${name}`);
  return found;
}

const GATEWAY_API: Example = {
  objects: route({ name: 'checkout', rules: '[{name: shop, backendRefs: [{name: checkout-stable, port: 80}]}]' }),
  served: ['shop: checkout-stable 80 checkout-canary 20', 'shop: checkout-stable 100 checkout-canary 0'],
};

/** By heading of the page. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  'Gateway API': { ...GATEWAY_API, served: ['data plane: HTTPRoute checkout testers', ...GATEWAY_API.served] },
  Istio: {
    objects: objectsOf(caseOf('istio-subsets')),
    served: ['checkout/stable (r1) 80 checkout/canary (r2) 20', 'checkout/stable (r2) 100 checkout/canary (r2) 0'],
  },
  'ingress-nginx': {
    objects: objectsOf(caseOf('nginx')),
    served: ['checkout-stable 80 checkout-canary 20', 'checkout-stable 0 checkout-canary 100'],
  },
  Traefik: {
    objects: objectsOf(caseOf('traefik')),
    served: ['checkout-stable 80 checkout-canary 20', 'checkout-stable 0 checkout-canary 100'],
  },
  Contour: {
    objects: objectsOf(caseOf('contour')),
    served: ['checkout-stable 80 checkout-canary 20', 'checkout-stable 0 checkout-canary 100'],
  },
  'Let Sluice make the Services': GATEWAY_API,
};

describe('the examples of docs/traffic-routers.md', { concurrency: 2 }, () => {
  let directory = '';
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'sluice-routers-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const examples = blocksOf(readPage('docs/traffic-routers.md'), 'yaml').filter((block) => block.text.includes('kind: Rollout'));

  it('are one for each router, and one without Services of its own', () => {
    assert.deepEqual(
      examples.map((block) => block.heading),
      Object.keys(EXAMPLES),
    );
  });

  for (const { heading, text } of examples) {
    it(`release a new revision through ${heading}`, async () => {
      const { objects, served } = EXAMPLES[heading] ?? { objects: '', served: [] };
      const file = (name: string, content: string): string => {
        const target = path.join(directory, `${heading.replaceAll(' ', '-')}-${name}.yaml`);
        writeFileSync(target, content);
        return target;
      };
      const expected = { phase: 'Healthy', stable: `${IMAGE}:2`, log: served };
      const timeline = [
        { at: '1m', image: `${IMAGE}:2` },
        { at: '3m', request: 'resume' },
      ];
      const scenario = file('scenario', JSON.stringify({ timeline, expect: expected }));
      const manifests = ['-f', file('rollout', text), file('objects', objects)];
      const { code, out, err } = await startSluice(['simulate', ...manifests, '--scenario', scenario]).ended;
      assert.equal(code, 0, out + err);
    });
  }
});

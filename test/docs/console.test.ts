import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ANALYSIS_TEMPLATE, METRIC_PROVIDER, ROLLOUT } from '../../src/api/kinds.ts';
import type { ResourceKind } from '../../src/ports/cluster.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import type { RbacStage } from '../chart/rbac-stage.ts';
import { RELEASE } from '../chart/render.ts';
import { conditionedStatus } from './conditioned-status.ts';
import { replay } from './console.ts';
import { createInstalledStage, manifestsOf } from './installed-stage.ts';
import { blocksOf, type Page, ROOT, readPage } from './markdown.ts';

/** What happens before the commands of a section, beside them. */
type Scenes = Readonly<Record<string, (stage: RbacStage, page: Page) => Promise<void>>>;

interface ConsolePage {
  readonly path: string;
  /** Secrets of the release's namespace that the page's objects name. */
  readonly secrets: readonly string[];
  readonly scenes: Scenes;
}

const nothing = async (): Promise<void> => undefined;

/** Lets the Rollout `shop/checkout` of a page take another tag. */
async function release(stage: RbacStage, page: Page, tag: number): Promise<void> {
  const rollout = manifestsOf(page).find((object) => object.kind === 'Rollout' && object.metadata.name === 'checkout');
  await stage.apply(JSON.stringify(rollout).replace('checkout:1"', `checkout:${tag}"`));
}

function allReady(stage: RbacStage, kind: ResourceKind): boolean {
  const statuses = stage.sim.snapshot(kind).map(conditionedStatus);
  return statuses.length > 0 && statuses.every((status) => status.ready === 'True');
}

async function applySecrets(stage: RbacStage, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const data = '{token: secret, username: sluice, password: secret, ca.crt: none}';
    await stage.apply(`{apiVersion: v1, kind: Secret, metadata: {name: ${name}, namespace: ${RELEASE.namespace}}, stringData: ${data}}`);
  }
}

const STEER: ConsolePage = {
  path: 'docs/steer.md',
  secrets: ['shop-git'],
  scenes: {
    'See where it is': async (stage, page) => {
      await stage.apply(manifestsOf(page));
      await stage.until(rolloutIs('shop/checkout', 'Healthy'));
      await release(stage, page, 2);
      await stage.until(rolloutIs('shop/checkout', 'Paused'));
    },
    'See why it waits': nothing,
    'Pause and resume': nothing,
    Promote: nothing,
    Abort: (stage) => stage.until(rolloutIs('shop/checkout', 'Paused')),
    Retry: nothing,
    'When a command is refused': nothing,
  },
};

const ANALYSIS: ConsolePage = {
  path: 'docs/analysis.md',
  secrets: ['prometheus', 'checks'],
  scenes: {
    'Read a verdict': async (stage, page) => {
      await applySecrets(stage, ['prometheus', 'checks']);
      for (const [name, value] of [
        ['histogram_quantile', 0.2],
        ['http_requests_total', 0.999],
        ['cpu_saturation', 0.3],
      ] as const)
        stage.metrics.set(name, value);
      await stage.apply(manifestsOf(page));
      const kinds = [METRIC_PROVIDER, ANALYSIS_TEMPLATE, ROLLOUT];
      await stage.until({ what: 'all are Ready', holds: () => kinds.every((kind) => allReady(stage, kind)) });
      await release(stage, page, 2);
      await stage.until(
        rolloutIs('shop/checkout', 'Healthy', (status) => status['revision'] === 2 && status.currentPodHash === status.stableRS),
      );
      stage.metrics.set('http_requests_total', 0.97);
      await release(stage, page, 3);
      await stage.until(rolloutIs('shop/checkout', 'Degraded'));
    },
    'Try a metric before it counts': nothing,
    'End a run': nothing,
  },
};

const CONFIG: ConsolePage = {
  path: 'docs/config.md',
  secrets: ['shop-git'],
  scenes: {
    'Change a ConfigMap': async (stage, page) => {
      const objects = manifestsOf(page);
      await stage.apply(objects);
      await stage.until(rolloutIs('shop/checkout', 'Healthy'));
      const config = objects.find((object) => object.metadata.name === 'checkout-config');
      await stage.apply(JSON.stringify(config).replace('2s', '1ms'));
      await stage.until(rolloutIs('shop/checkout', 'Paused'));
    },
    'What the pods see': nothing,
  },
};

function fenced(text: string): string {
  return `\`\`\`console\n${text}\`\`\``;
}

for (const { path, secrets, scenes } of [STEER, ANALYSIS, CONFIG]) {
  describe(path, () => {
    it('shows what the plugin shows, command by command (UPDATE_GOLDEN=1 writes it)', async () => {
      const page = readPage(path);
      const stage = await createInstalledStage(secrets);
      const life = stage.start();
      let updated = page.text;
      const blocks = blocksOf(page, 'console');
      assert.deepEqual(new Set(blocks.map((block) => block.heading)), new Set(Object.keys(scenes)));
      const played = new Set<string>();
      for (const block of blocks) {
        if (!played.has(block.heading)) await scenes[block.heading]?.(stage, page);
        played.add(block.heading);
        const shown = await replay(stage, block.text);
        if (process.env['UPDATE_GOLDEN'] === '1') updated = updated.replace(fenced(block.text), () => fenced(shown));
        else assert.equal(block.text, shown, `${path}:${block.line} differs: run this test once with UPDATE_GOLDEN=1 and read the change`);
      }
      await life.stop();
      await stage.end();
      if (updated !== page.text) writeFileSync(join(ROOT, path), updated);
    });
  });
}

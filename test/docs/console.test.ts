import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import type { RbacStage } from '../chart/rbac-stage.ts';
import { replay } from './console.ts';
import { createInstalledStage, manifestsOf } from './installed-stage.ts';
import { blocksOf, type Page, ROOT, readPage } from './markdown.ts';

const PATH = 'docs/steer.md';

/** What happens before the commands of a section, beside them. */
const SCENES: Readonly<Record<string, (stage: RbacStage, page: Page) => Promise<void>>> = {
  'See where it is': async (stage, page) => {
    const objects = manifestsOf(page);
    await stage.apply(objects);
    await stage.until(rolloutIs('shop/checkout', 'Healthy'));
    await stage.apply(JSON.stringify(objects[0]).replace('checkout:1"', 'checkout:2"'));
    await stage.until(rolloutIs('shop/checkout', 'Paused'));
  },
  'See why it waits': async () => undefined,
  'Pause and resume': async () => undefined,
  Promote: async () => undefined,
  Abort: (stage) => stage.until(rolloutIs('shop/checkout', 'Paused')),
  Retry: async () => undefined,
  'When a command is refused': async () => undefined,
};

function fenced(text: string): string {
  return `\`\`\`console\n${text}\`\`\``;
}

describe(PATH, () => {
  it('shows what the plugin shows, command by command (UPDATE_GOLDEN=1 writes it)', async () => {
    const page = readPage(PATH);
    const stage = await createInstalledStage();
    const life = stage.start();
    let updated = page.text;
    const blocks = blocksOf(page, 'console');
    assert.deepEqual(new Set(blocks.map((block) => block.heading)), new Set(Object.keys(SCENES)));
    for (const block of blocks) {
      await SCENES[block.heading]?.(stage, page);
      const shown = await replay(stage, block.text);
      if (process.env['UPDATE_GOLDEN'] === '1') updated = updated.replace(fenced(block.text), () => fenced(shown));
      else assert.equal(block.text, shown, `${PATH}:${block.line} differs: run this test once with UPDATE_GOLDEN=1 and read the change`);
    }
    await life.stop();
    await stage.end();
    if (updated !== page.text) writeFileSync(join(ROOT, PATH), updated);
  });
});

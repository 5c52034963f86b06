import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createTidier, noteUse } from '../../src/adapters/git/tidy-caches.ts';
import { instant, millis } from '../../src/api/time.ts';
import { cachesToRemove } from '../../src/core/git-cache/caches-to-remove.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { createKeyedLock } from '../../src/ports/keyed-lock.ts';
import { createBareRepository } from './support/bare-repository.ts';
import { createGitLab } from './support/git-lab.ts';
import { realClock } from './support/real-clock.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const LIMITS = { unusedFor: millis(DAY), keptFor: millis(10 * MINUTE), bytes: 100 };
const NOW = Date.UTC(2026, 0, 10);

/** A clone that was used so many milliseconds ago. */
function cache(name: string, ago: number, bytes = 1) {
  return { name, usedAt: instant(NOW - ago), bytes };
}

function removed(...caches: readonly ReturnType<typeof cache>[]): readonly string[] {
  return cachesToRemove(caches, LIMITS, instant(NOW));
}

/** A clock that only a test moves. */
function movable(): Clock & { readonly advance: (by: number) => void } {
  let passed = 0;
  return {
    ...realClock,
    now: () => instant(NOW + passed),
    monotonic: () => millis(passed),
    advance: (by) => {
      passed += by;
    },
  };
}

describe('clones to take away', () => {
  it('are those that nobody has used for a day, however small they are', () => {
    assert.deepEqual(removed(cache('a', DAY), cache('b', DAY - 1), cache('c', 2 * DAY, 0)), ['c', 'a']);
  });

  it('are beyond the limit those that were used longest ago, and no more of them than it takes', () => {
    assert.deepEqual(removed(cache('a', 30 * MINUTE, 60), cache('b', 40 * MINUTE, 60), cache('c', 0, 30)), ['b']);
    assert.deepEqual(removed(cache('a', 30 * MINUTE, 60), cache('b', 40 * MINUTE, 40)), []);
  });

  it('are never those that somebody uses, and a clock that was set back keeps them all', () => {
    assert.deepEqual(removed(cache('a', MINUTE, 500), cache('b', 2 * MINUTE, 500)), []);
    assert.deepEqual(removed(cache('a', -DAY, 500)), []);
  });
});

describe('the directory of clones', () => {
  const [idle, used] = ['a'.repeat(32), 'b'.repeat(32)].map((hash) => `${hash}.git`) as [string, string];
  let directory: string;
  let clock: ReturnType<typeof movable>;
  let gone: string[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-tidy-'));
    clock = movable();
    gone = [];
    for (const name of [idle, used]) clone(name, 2 * DAY);
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const clone = (name: string, ago: number): void => {
    mkdirSync(join(directory, name, 'objects', 'pack'), { recursive: true });
    writeFileSync(join(directory, name, 'objects', 'pack', 'one.pack'), 'x'.repeat(50));
    utimesSync(join(directory, name), (NOW - ago) / 1000, (NOW - ago) / 1000);
  };
  const tidierOf = (lock = createKeyedLock()) =>
    createTidier({ workDirectory: directory, limits: LIMITS, clock, lock, removed: (name) => gone.push(name) });

  it('loses a clone that nobody uses, and nothing else', async () => {
    writeFileSync(join(directory, 'askpass'), '');
    mkdirSync(join(directory, 'credential-x1'));
    mkdirSync(join(directory, `${'c'.repeat(32)}.git.going`));
    await noteUse(join(directory, used), clock);
    await tidierOf().look();
    assert.deepEqual(readdirSync(directory).toSorted(), ['askpass', used, 'credential-x1']);
    assert.deepEqual(gone, [idle]);
  });

  it('keeps one that somebody begins to use after it was looked at: what waits for the lock looks again', async () => {
    const lock = createKeyedLock();
    const work = Promise.withResolvers<void>();
    const using = lock(idle, () => work.promise.then(() => noteUse(join(directory, idle), clock)));
    const looked = tidierOf(lock).look();
    while (gone.length === 0 && existsSync(join(directory, used))) await setImmediate();
    work.resolve();
    await Promise.all([using, looked]);
    assert.deepEqual(gone, [used]);
    assert.ok(existsSync(join(directory, idle)));
  });

  it('takes away more when the clones take too much together, counted with every file in them', async () => {
    clone(idle, 30 * MINUTE);
    clone(used, 20 * MINUTE);
    const third = `${'d'.repeat(32)}.git`;
    clone(third, 0);
    await tidierOf().look();
    assert.deepEqual(gone, [idle]);
  });

  it('is looked at every ten minutes, not at every call', async () => {
    await noteUse(join(directory, used), clock);
    const tidier = tidierOf();
    await tidier.look();
    clone(idle, 2 * DAY);
    await tidier.look();
    assert.ok(existsSync(join(directory, idle)));
    clock.advance(10 * MINUTE);
    await tidier.look();
    assert.deepEqual(gone, [idle, idle]);
  });
});

describe('a repository whose clone was taken away', () => {
  it('made room for others, of the size that the settings say, once nobody had used it for ten minutes', async () => {
    const [first, second] = [createBareRepository(), createBareRepository()];
    const clock = movable();
    const lab = createGitLab({ clock, cacheSize: '1Ki' });
    try {
      const tips = [first, second].map((bare) => bare.commit({ 'a.yaml': 'a: 1\n' }, 'one'));
      const [left, kept] = [first, second].map((bare) => lab.repositories.open({ url: bare.url, credential: { type: 'none' } }));
      assert.deepEqual([await left?.fetch('main'), await kept?.fetch('main')], tips);
      const clones = () => readdirSync(lab.workDirectory).filter((name) => name.endsWith('.git'));
      clock.advance(10 * MINUTE - 1);
      assert.equal(await kept?.latest('main'), tips[1]);
      clock.advance(1);
      assert.equal(await kept?.latest('main'), tips[1]);
      while (clones().length > 1) await setImmediate();
    } finally {
      lab.remove();
      first.remove();
      second.remove();
    }
  });

  it('is read again as if it were new, while the clone of another one that is in use stays', async () => {
    const [first, second] = [createBareRepository(), createBareRepository()];
    const clock = movable();
    const lab = createGitLab({ clock });
    try {
      const tips = [first, second].map((bare) => bare.commit({ 'a.yaml': 'a: 1\n' }, 'one'));
      const [left, kept] = [first, second].map((bare) => lab.repositories.open({ url: bare.url, credential: { type: 'none' } }));
      assert.ok(left && kept);
      const clones = () => readdirSync(lab.workDirectory).filter((name) => name.endsWith('.git'));
      assert.deepEqual([await left.fetch('main'), await kept.fetch('main')], tips);
      assert.equal(clones().length, 2);
      for (let hours = 0; hours < 25; hours += 1) {
        clock.advance(60 * MINUTE);
        assert.equal(await kept.latest('main'), tips[1]);
      }
      while (clones().length > 1) await setImmediate();
      assert.deepEqual(
        (await kept.listFiles(tips[1] ?? '', '')).map((entry) => entry.path),
        ['a.yaml'],
      );
      assert.equal(await left.fetch('main'), tips[0]);
      assert.equal(clones().length, 2);
    } finally {
      lab.remove();
      first.remove();
      second.remove();
    }
  });
});

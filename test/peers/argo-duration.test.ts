import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { rollout, services } from './peer-manifests.ts';
import { ask, askAbort, edit, type Move, play, rest, see, statusOf, update, waitPhase, waitStatus } from './peer-stage.ts';

const durationSchema = z.looseObject({
  rolloutStartedAt: z.string(),
  finishedAt: z.string().optional(),
  completionStatus: z.string().optional(),
  manualPauseStartedAt: z.string().optional(),
  totalManualPauseDurationSeconds: z.number().optional(),
});

type Duration = z.infer<typeof durationSchema>;

interface Story {
  readonly name: string;
  readonly moves: (version: (name: string) => Move) => readonly Move[];
  /** How it ended, and whether people were waited for. */
  readonly ends: 'Promoted' | 'FastPromoted' | 'Aborted' | 'RolledBack' | 'FastRolledBack' | undefined;
  readonly waited?: 'never' | 'some' | 'seconds';
  readonly spec?: string;
  readonly steps?: string;
  readonly blueGreen?: string;
}

const TIMED = '[{setWeight: 50}, {pause: {duration: 1s}}]';
const ENDLESS = '[{setWeight: 50}, {pause: {}}]';
const BLUE_GREEN = 'activeService: active\npreviewService: preview';
const MANUAL = `${BLUE_GREEN}\nautoPromotionEnabled: false`;
const WINDOW = 'rollbackWindow: {revisions: 1}';

function promoted(version: Move): readonly Move[] {
  return [version, waitPhase('Progressing'), waitPhase('Paused'), ask('promote'), waitPhase('Healthy')];
}

function paused(version: Move): readonly Move[] {
  return [version, waitPhase('Progressing'), waitPhase('Paused')];
}

const BOTH: readonly Story[] = [
  { name: 'a first deployment is promoted, without a start of steps', moves: () => [], ends: 'Promoted', waited: 'never' },
  {
    name: 'spec.paused is a wait for people',
    moves: () => [
      edit({ spec: { paused: true } }),
      update(),
      waitPhase('Paused'),
      rest('2s'),
      edit({ spec: { paused: false } }),
      waitPhase('Healthy'),
    ],
    ends: 'Promoted',
    waited: 'seconds',
  },
  {
    name: 'a release that nobody has to promote waits for nobody',
    moves: () => [update(), waitPhase('Progressing'), waitPhase('Healthy')],
    ends: 'Promoted',
    waited: 'never',
  },
  {
    name: 'a pause without end is a wait for people',
    moves: () => [update(), waitPhase('Paused'), rest('2s'), ask('promote'), waitPhase('Healthy')],
    ends: 'Promoted',
    waited: 'seconds',
    steps: ENDLESS,
    blueGreen: MANUAL,
  },
  {
    name: 'a full promotion is a fast one',
    moves: () => [update(), waitPhase('Paused'), ask('promote-full'), waitPhase('Healthy')],
    ends: 'FastPromoted',
    waited: 'some',
    steps: ENDLESS,
    blueGreen: MANUAL,
  },
  {
    name: 'an abort ends it',
    moves: () => [update(), waitPhase('Paused'), askAbort(), waitPhase('Degraded')],
    ends: 'Aborted',
    waited: 'some',
    steps: ENDLESS,
    blueGreen: MANUAL,
  },
  {
    name: 'a retry starts it again',
    moves: () => [update(), waitPhase('Paused'), askAbort(), waitPhase('Degraded'), rest('2s'), ask('retry'), waitPhase('Paused')],
    ends: undefined,
    steps: ENDLESS,
    blueGreen: MANUAL,
  },
  {
    name: 'a newer revision starts it again',
    moves: (version) => [...paused(version('2')), ...promoted(version('3'))],
    ends: 'Promoted',
    steps: ENDLESS,
    blueGreen: MANUAL,
  },
  {
    name: 'the way back to stable in the middle is a fast rollback',
    moves: (version) => [...paused(version('2')), version('1'), waitPhase('Healthy')],
    ends: 'FastRolledBack',
    waited: 'some',
    steps: ENDLESS,
    blueGreen: MANUAL,
  },
  {
    name: 'the way back to an older revision outside of the window is a rollback',
    moves: (version) => [...promoted(version('2')), ...promoted(version('3')), ...paused(version('4')), ...promoted(version('1'))],
    ends: 'RolledBack',
    spec: WINDOW,
    steps: ENDLESS,
    blueGreen: `${MANUAL}\nscaleDownDelaySeconds: 1`,
  },
  {
    name: 'the way back to an older revision inside of the window is a fast rollback',
    moves: (version) => [...promoted(version('2')), ...paused(version('3')), version('1'), waitPhase('Healthy')],
    ends: 'FastRolledBack',
    spec: WINDOW,
    steps: ENDLESS,
    blueGreen: MANUAL,
  },
];

function durationOf(stage: Parameters<typeof statusOf>[0]): Duration {
  return durationSchema.parse(statusOf(stage)['duration']);
}

function seeEnd({ ends, waited }: Story): Move {
  return see('status.duration', (stage) => {
    const duration = durationOf(stage);
    assert.equal(duration.completionStatus, ends);
    assert.equal(duration.finishedAt === undefined, ends === undefined);
    if (ends !== undefined) assert.equal(duration.manualPauseStartedAt, undefined);
    const seconds = duration.totalManualPauseDurationSeconds;
    if (waited === 'never') assert.equal(seconds, undefined);
    if (waited === 'some') assert.ok(seconds !== undefined && seconds >= 0);
    if (waited === 'seconds') assert.ok(seconds !== undefined && seconds > 0);
  });
}

async function tell(story: Story, strategy: { readonly canary: string } | { readonly blueGreen: string }): Promise<void> {
  const version = (name: string): Move => edit({ spec: { template: { metadata: { annotations: { version: name } } } } });
  const manifest = rollout({ replicas: 1, ...(story.spec === undefined ? {} : { spec: story.spec }), ...strategy });
  const moves = story.moves(version);
  // The revision that stories go back to has the annotation from its start on.
  const first = manifest.replace('    metadata:\n      labels:', '    metadata:\n      annotations: {version: "1"}\n      labels:');
  await play(`${services('shop', 'active', 'preview')}${first}`, [waitPhase('Healthy'), ...moves, seeEnd(story)]);
}

describe('how long a release took and how it ended, as Argo Rollouts tells it', () => {
  for (const story of BOTH) {
    it(`with a canary: ${story.name}`, () => tell(story, { canary: `steps: ${story.steps ?? TIMED}` }));
    it(`with blue-green: ${story.name}`, () => tell(story, { blueGreen: story.blueGreen ?? BLUE_GREEN }));
  }

  it('a new size is no release', async () => {
    let before: string | undefined;
    await play(rollout({ replicas: 1, canary: `steps: ${TIMED}` }), [
      waitPhase('Healthy'),
      see('the start', (stage) => {
        before = durationOf(stage).rolloutStartedAt;
      }),
      rest('2s'),
      edit({ spec: { replicas: 2 } }),
      waitStatus('replicas', 2),
      see('the same start', (stage) => assert.equal(durationOf(stage).rolloutStartedAt, before)),
    ]);
  });

  it('a retry and a newer revision have a start of their own, a way back keeps the one before', async () => {
    const starts: string[] = [];
    const note = see('the start', (stage) => void starts.push(durationOf(stage).rolloutStartedAt));
    await play(rollout({ replicas: 1, canary: `steps: ${ENDLESS}` }), [
      waitPhase('Healthy'),
      update('a'),
      waitPhase('Paused'),
      note,
      rest('2s'),
      askAbort(),
      waitPhase('Degraded'),
      ask('retry'),
      waitPhase('Paused'),
      note,
      rest('2s'),
      update('b'),
      waitPhase('Progressing'),
      waitPhase('Paused'),
      note,
      edit({ spec: { template: { metadata: { annotations: { update: null } } } } }),
      waitPhase('Healthy'),
      note,
    ]);
    assert.equal(new Set(starts.slice(0, 3)).size, 3);
    assert.equal(starts[3], starts[2]);
  });
});

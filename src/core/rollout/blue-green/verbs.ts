import type { Context } from '../context.ts';
import { type Draft, patch } from '../draft.ts';
import { isPausedFor } from '../pauses.ts';
import { lifted, quarantineEntry } from '../quarantine.ts';
import { done, refused, type Verb } from '../verb-result.ts';
import { blueGreenGates } from './blue-green-gates.ts';
import { cleared } from './clear.ts';
import { isCleared } from './place.ts';

/** No pause is left, and a quarantine of a frozen breach is overruled by the person who promotes. */
function released(context: Context, draft: Draft): Draft {
  return patch(draft, { pauseConditions: undefined, controllerPause: undefined, quarantine: lifted(context, draft.status) });
}

/** Leaves the point where the release stands: the analysis or the pause before the switch, or the analysis after it. Capacity is never skipped. */
const promote: Verb = (context, draft) => {
  const { status } = draft;
  const [gate] = blueGreenGates(context, status);
  const waits = gate?.run !== undefined || status.controllerPause === true || quarantineEntry(context, status) !== undefined;
  const onlyAsked = isPausedFor(status, 'UserRequest') && !isPausedFor(status, 'BlueGreenPause') && gate?.verdict !== 'Unknown';
  if (onlyAsked) return done(released(context, draft), 'the requested pause is over');
  if (!waits) {
    const what = isCleared(status) ? 'nothing is left to promote past' : 'the preview is not ready, so nothing was judged yet';
    return refused(draft, 'NothingToPass', `${what}: the release only waits for its pods; promote-full skips what comes later`);
  }
  if (!isCleared(status)) {
    return done(
      cleared(released(context, draft)),
      'analysis and pause before the switch are left by request; the switch waits for the full size',
    );
  }
  return done(patch(released(context, draft), { promoteFull: true }), 'the analysis after the switch is left by request');
};

const promoteFull: Verb = (context, draft) =>
  done(
    patch(released(context, draft), { promoteFull: true }),
    'analyses and the pause are skipped; the full size is still awaited before the switch',
  );

const skipStep: Verb = (_context, draft) =>
  refused(draft, 'NoSteps', 'a blue-green release has no steps; promote leaves the analysis or the pause where it stands');

/** The verbs that mean something else than with a canary. */
export const BLUE_GREEN_VERBS: ReadonlyMap<string, Verb> = new Map([
  ['promote', promote],
  ['promote-full', promoteFull],
  ['skip-step', skipStep],
]);

import type { RolloutView } from '../model/rollout-view.ts';
import type { Paint, Tone } from './color.ts';
import { cleanLines } from './escape.ts';

/** How a state looks: one narrow character and a tone. */
export interface Mark {
  readonly symbol: string;
  readonly tone: Tone;
}

const MARKS: Readonly<Record<string, Mark>> = {
  Healthy: { symbol: '✔', tone: 'good' },
  Progressing: { symbol: '◌', tone: 'busy' },
  Paused: { symbol: '‖', tone: 'wait' },
  Degraded: { symbol: '✖', tone: 'bad' },
  Successful: { symbol: '✔', tone: 'good' },
  Running: { symbol: '◌', tone: 'busy' },
  Pending: { symbol: '·', tone: 'dim' },
  Failed: { symbol: '✖', tone: 'bad' },
  Error: { symbol: '!', tone: 'wait' },
  Inconclusive: { symbol: '?', tone: 'wait' },
  Pass: { symbol: '✔', tone: 'good' },
  Breach: { symbol: '✖', tone: 'bad' },
  Unknown: { symbol: '?', tone: 'wait' },
};

/** The mark of a phase or verdict; a dot for one that this version does not know. */
export function markOf(state: string): Mark {
  return MARKS[state] ?? { symbol: '•', tone: 'plain' };
}

/** The phase as of the generation that is wanted now: a status of an older one says nothing yet. */
export function effectivePhase(view: RolloutView): string {
  return view.observed ? (view.status.phase ?? 'Progressing') : 'Progressing';
}

/** What the phase means, from the controller, or that it has not spoken yet. */
export function effectiveMessage(view: RolloutView): string {
  if (view.observed) return cleanLines(view.status.message ?? '');
  if (view.status.observedGeneration === -1) return 'the controller has not looked at it yet';
  return `the controller has not seen generation ${view.generation} yet`;
}

/** `✔ Healthy` in its tone. */
export function paintState(state: string, paint: Paint): string {
  const mark = markOf(state);
  return paint(mark.tone, `${mark.symbol} ${state}`);
}

/** One line: phase, and message when there is one. */
export function renderStatusLine(view: RolloutView, paint: Paint): string {
  const message = effectiveMessage(view);
  return `${paintState(effectivePhase(view), paint)}${message === '' ? '' : ` - ${message}`}`;
}

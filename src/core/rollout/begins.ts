import type { Context } from './context.ts';

/** This is the pass that begins the live revision: status has to say so, at its first step, before a step of it can be done (S6). */
export function begins(context: Context): boolean {
  return context.previous?.currentPodHash !== context.hash;
}

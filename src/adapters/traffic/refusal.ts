/** Why a router cannot say what a step asks for, and what to do. */
export interface Refusal {
  readonly ok: false;
  readonly problem: string;
  readonly remedy: string;
}

export function refused(problem: string, remedy: string): Refusal {
  return { ok: false, problem, remedy };
}

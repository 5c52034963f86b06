import { parseDuration } from '../../api/duration.ts';
import { ROLLOUT } from '../../api/kinds.ts';
import { ABORT, REQUEST } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Millis } from '../../api/time.ts';
import type { ObjectRef } from '../../ports/cluster.ts';
import { refused, wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { deadlineSignal, followObject } from '../follow.ts';
import { getRollout, rolloutNotFound } from '../model/read-rollout.ts';
import { readStatus } from '../model/rollout-view.ts';
import { withProgress } from '../progress.ts';
import { clean } from '../render/escape.ts';
import { toJson } from '../render/output.ts';
import { createRequestId, formatAbort, formatRequest, type RequestVerb } from '../request.ts';
import { type GlobalFlags, type Session, withSession } from '../session.ts';
import { parseDryRun } from './dry-run.ts';
import { parseWaitTimeout } from './wait-timeout.ts';

export interface ActFlags extends GlobalFlags {
  readonly dryRun?: string | undefined;
  /** False with `--no-wait`. */
  readonly wait?: boolean | undefined;
  readonly timeout?: string | undefined;
  /** Of restart: how long from now. */
  readonly in?: string | undefined;
}

export const FIELD_MANAGER = 'kubectl-sluice';

/** One annotation to write and the status field that acknowledges it. */
interface Letter {
  readonly verb: RequestVerb | 'abort';
  readonly annotation: typeof REQUEST | typeof ABORT;
  readonly value: string;
}

/** Asks the controller to do something: writes the annotation, waits for the acknowledgement, reports what became of it. */
export async function runAct(context: CliContext, verb: RequestVerb | 'abort', name: string, flags: ActFlags): Promise<void> {
  const dryRun = parseDryRun(flags.dryRun);
  const timeout = parseWaitTimeout(flags.timeout);
  const argument = parseDelay(flags.in);
  await withSession(context, flags, async (session) => {
    const ref = { namespace: session.namespace, name };
    const rollout = await withProgress(context, 'Reading the rollout', getRollout(session.cluster, ref, context.signal));
    const letter = writeLetter(context, verb, argument, ref, readStatus(rollout['status']));
    warnOfReplacement(context, rollout, letter);
    const body = { metadata: { annotations: { [letter.annotation]: letter.value } } };
    if (dryRun === 'client') {
      context.out(toJson(body));
      return;
    }
    const options = { fieldManager: FIELD_MANAGER, dryRun: dryRun === 'server', signal: context.signal };
    const patched = session.cluster.patch(ROLLOUT, ref, { type: 'merge', body }, options);
    await withProgress(context, 'Writing the request', patched);
    const subject = `rollout.sluice.dev/${ref.name}`;
    if (dryRun === 'server') context.out(`${subject}: ${verb} would be requested (server dry run)\n`);
    else if (flags.wait === false) context.out(`${subject}: ${verb} requested\n`);
    else context.out(`${subject}: ${await awaitOutcome(context, session, ref, letter, timeout)}\n`);
  });
}

function writeLetter(
  context: CliContext,
  verb: RequestVerb | 'abort',
  argument: string | undefined,
  ref: ObjectRef,
  status: RolloutStatus,
): Letter {
  const hash = status.currentPodHash;
  if (hash === undefined || hash === '') {
    throw refused(
      `rollout "${ref.name}" has no current revision yet, so there is nothing to ${verb}`,
      'wait until the controller has looked at it; kubectl get pods -A -l app.kubernetes.io/name=sluice shows whether it runs',
    );
  }
  const id = createRequestId(context.random);
  return verb === 'abort'
    ? { verb, annotation: ABORT, value: formatAbort(hash, id) }
    : { verb, annotation: REQUEST, value: formatRequest(verb, argument, hash, id) };
}

/** A request that nobody handled yet is lost when the next one takes its place: the person should know. */
function warnOfReplacement(context: CliContext, rollout: KubeObject, letter: Letter): void {
  const pending = rollout.metadata.annotations?.[letter.annotation];
  if (pending === undefined || pending === handledOf(readStatus(rollout['status']), letter)) return;
  context.err(`note: this replaces "${clean(pending, 200)}", which the controller has not handled yet\n`);
}

function handledOf(status: RolloutStatus, letter: Letter): string | undefined {
  return letter.annotation === ABORT ? status.lastHandledAbort : status.lastHandledRequest;
}

async function awaitOutcome(context: CliContext, session: Session, ref: ObjectRef, letter: Letter, timeout: Millis): Promise<string> {
  const deadline = deadlineSignal(context.clock, timeout, context.signal);
  try {
    return await withProgress(
      context,
      `Waiting for the controller to handle ${letter.verb}`,
      untilHandled(context, session, ref, letter, deadline.signal),
    );
  } finally {
    deadline.dispose();
  }
}

async function untilHandled(context: CliContext, session: Session, ref: ObjectRef, letter: Letter, signal: AbortSignal): Promise<string> {
  for await (const object of followObject({ cluster: session.cluster, clock: context.clock, kind: ROLLOUT, ref, signal })) {
    if (object === undefined) throw rolloutNotFound(ref);
    const status = readStatus(object['status']);
    if (handledOf(status, letter) === letter.value) return reportOutcome(status, ref, letter);
    const present = object.metadata.annotations?.[letter.annotation];
    if (present !== letter.value) {
      throw refused(
        `${letter.verb} was not handled: ${present === undefined ? 'somebody removed the request' : `"${clean(present, 200)}" took its place`}`,
        'look at the rollout and ask again if you still want it',
      );
    }
  }
  throw refused(
    `${letter.verb} is written, but no controller handled it in time`,
    'it stays written and is handled once the controller runs; kubectl get pods -A -l app.kubernetes.io/name=sluice shows whether it does',
  );
}

function reportOutcome(status: RolloutStatus, ref: ObjectRef, letter: Letter): string {
  const outcome = status.requestOutcome;
  if (outcome === undefined || outcome.request !== letter.value) return `${letter.verb} handled`;
  const message = clean(outcome.message);
  const look = `kubectl sluice get rollout ${ref.name} -n ${ref.namespace ?? ''} shows what is possible now`;
  switch (outcome.outcome) {
    case 'Executed':
      return message === '' ? `${letter.verb} done` : `${letter.verb}: ${message}`;
    case 'Acknowledged':
      // The end that was wished for is there already.
      if (outcome.reason === 'NothingInProgress') return `${letter.verb}: ${message}`;
      throw refused(`${letter.verb} was seen but not executed (${clean(outcome.reason, 100)}): ${message}`, look);
    case 'Refused':
      throw refused(
        `${letter.verb} refused (${clean(outcome.reason, 100)}): ${message}`,
        outcome.reason === 'StaleRequest' ? `the revision has changed since you looked: ${look}, then repeat` : look,
      );
  }
}

function parseDelay(text: string | undefined): string | undefined {
  if (text === undefined || parseDuration(text) !== undefined) return text;
  throw wrongUsage(`"${text}" is not a duration`, 'write how long from now as 30s, 10m or 2h');
}

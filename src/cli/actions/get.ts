import { ANALYSIS_RUN, REPLICA_SET, ROLLOUT } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Instant } from '../../api/time.ts';
import type { ObjectRef } from '../../ports/cluster.ts';
import { wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { getRollout, readRolloutObjects } from '../model/read-rollout.ts';
import { type RolloutView, toRolloutView } from '../model/rollout-view.ts';
import { toRunDetail } from '../model/run-detail.ts';
import { withProgress } from '../progress.ts';
import { type OutputFormat, parseOutputFormat, toJson, toYaml } from '../render/output.ts';
import { renderRollout } from '../render/rollout.ts';
import { renderRun } from '../render/run.ts';
import { type GlobalFlags, type Session, withSession } from '../session.ts';
import { isAll, parseTarget, requireKinds, requireName } from '../target.ts';
import { getRun } from './get-run.ts';
import { runList } from './list.ts';
import { createScreen } from './screen.ts';
import { showChanges } from './watch-changes.ts';

export interface GetFlags extends GlobalFlags {
  readonly output?: string | undefined;
  readonly watch?: boolean | undefined;
  readonly allNamespaces?: boolean | undefined;
  readonly selector?: string | undefined;
}

/** `get rollout NAME`, `get rollout/NAME`, `get analysisrun NAME`; without a name, and with `all` for the kind, the list. */
export async function runGet(context: CliContext, words: readonly string[], flags: GetFlags): Promise<void> {
  const [first = '', second] = words;
  if (isAll(first)) {
    if (second !== undefined) throw wrongUsage(`"all" and the name "${second}" do not go together`, `use get rollout ${second}`);
    return runList(context, requireKinds(first), flags);
  }
  const { kind, name } = parseTarget(words, { kinds: ['rollout', 'analysisrun'] });
  if (name === undefined) return runList(context, [kind], flags);
  if (flags.selector !== undefined) throw wrongUsage('a name and a selector do not go together', 'leave one of them out');
  if (flags.allNamespaces === true) throw wrongUsage('a name cannot be asked for in all namespaces', 'use -n NAMESPACE instead of -A');
  const format = parseOutputFormat(flags.output);
  const watch = flags.watch === true;
  if (watch && format !== 'text' && format !== 'wide') throw wrongUsage(`-w cannot be shown as ${format}`, 'leave -o out, or use -o wide');
  await withSession(context, flags, async (session) => {
    const ref: ObjectRef = { namespace: session.namespace, name };
    if (kind === 'analysisrun') return showRun(context, session, ref, format, watch);
    return getOneRollout(context, session, ref, format, watch);
  });
}

async function getOneRollout(context: CliContext, session: Session, ref: ObjectRef, format: OutputFormat, watch: boolean): Promise<void> {
  if (format !== 'text' && format !== 'wide') {
    printRaw(context, await withProgress(context, 'Reading the rollout', getRollout(session.cluster, ref, context.signal)), format);
    return;
  }
  const read = async (): Promise<RolloutView> => toRolloutView(await readRolloutObjects(session.cluster, ref, context.signal));
  const render = (view: RolloutView, now: Instant): string[] => renderRollout(view, { wide: format === 'wide', paint: session.paint, now });
  if (!watch) {
    const view = await withProgress(context, 'Reading the rollout', read());
    context.out(`${render(view, context.clock.now()).join('\n')}\n`);
    return;
  }
  const frozen = context.clock.now();
  const screen = createScreen(context);
  const belongings = { namespace: ref.namespace, labelSelector: POD_TEMPLATE_HASH };
  const kinds = [
    { kind: ROLLOUT, options: { namespace: ref.namespace, fieldSelector: `metadata.name=${ref.name}` } },
    { kind: REPLICA_SET, options: belongings },
    { kind: ANALYSIS_RUN, options: belongings },
  ];
  const show = (view: RolloutView): void => screen.show(render(view, context.clock.now()), render(view, frozen));
  await showChanges(context, session.cluster, { kinds, read, show });
}

async function showRun(context: CliContext, session: Session, ref: ObjectRef, format: OutputFormat, watch: boolean): Promise<void> {
  const read = (): Promise<KubeObject> => getRun(context, session, ref);
  const render = (object: KubeObject, now: Instant): string[] => renderRun(toRunDetail(object), now, session.paint, format === 'wide');
  const frozen = context.clock.now();
  if (!watch) {
    const object = await withProgress(context, 'Reading the analysis run', read());
    if (format === 'text' || format === 'wide') context.out(`${render(object, context.clock.now()).join('\n')}\n`);
    else printRaw(context, object, format);
    return;
  }
  const screen = createScreen(context);
  const kinds = [{ kind: ANALYSIS_RUN, options: { namespace: ref.namespace, fieldSelector: `metadata.name=${ref.name}` } }];
  const show = (object: KubeObject): void => screen.show(render(object, context.clock.now()), render(object, frozen));
  await showChanges(context, session.cluster, { kinds, read, show });
}

function printRaw(context: CliContext, object: KubeObject, format: OutputFormat): void {
  if (format === 'json') context.out(toJson(object));
  else if (format === 'yaml') context.out(toYaml(object));
  else context.out(`${object.kind.toLowerCase()}.sluice.dev/${requireName(object.metadata.name)}\n`);
}

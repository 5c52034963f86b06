import { ANALYSIS_RUN, ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Instant } from '../../api/time.ts';
import { wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { listObjects } from '../model/read-rollout.ts';
import { withProgress } from '../progress.ts';
import { renderRolloutList, renderRunList } from '../render/lists.ts';
import { parseOutputFormat, toJson, toList, toYaml } from '../render/output.ts';
import { type GlobalFlags, withSession } from '../session.ts';
import { type KindWord, requireName } from '../target.ts';
import { filterOf } from './list-filter.ts';
import { createScreen } from './screen.ts';
import { showChanges } from './watch-changes.ts';

export interface ListFlags extends GlobalFlags {
  readonly output?: string | undefined;
  readonly watch?: boolean | undefined;
  readonly allNamespaces?: boolean | undefined;
  readonly name?: string | undefined;
  readonly phase?: string | undefined;
  /** Of analysis runs. */
  readonly rollout?: string | undefined;
  readonly template?: string | undefined;
}

/** `list rollouts`, `list analysisruns`: one line an object. */
export async function runList(context: CliContext, kind: KindWord, flags: ListFlags): Promise<void> {
  const format = parseOutputFormat(flags.output);
  const isText = format === 'text' || format === 'wide';
  if (flags.watch === true && !isText) throw wrongUsage(`-w cannot be shown as ${format}`, 'leave -o out, or use -o wide');
  const everywhere = flags.allNamespaces === true;
  const wanted = filterOf(kind, flags);
  const descriptor = kind === 'rollout' ? ROLLOUT : ANALYSIS_RUN;
  await withSession(context, flags, async (session) => {
    const namespace = everywhere ? undefined : session.namespace;
    const read = async (): Promise<readonly KubeObject[]> =>
      sorted(await listObjects(session.cluster, descriptor, { namespace, signal: context.signal })).filter(wanted);
    const render = (items: readonly KubeObject[], now: Instant): string[] => {
      if (items.length === 0) return [`no ${descriptor.plural} in ${everywhere ? 'any namespace' : `namespace "${session.namespace}"`}`];
      const options = { now, everywhere, wide: format === 'wide', paint: session.paint };
      return kind === 'rollout' ? renderRolloutList(items, options) : renderRunList(items, options);
    };
    const frozen = context.clock.now();
    if (flags.watch === true) {
      const screen = createScreen(context);
      const show = (items: readonly KubeObject[]): void => screen.show(render(items, context.clock.now()), render(items, frozen));
      await showChanges(context, session.cluster, { kinds: [{ kind: descriptor, options: { namespace } }], read, show });
      return;
    }
    const items = await withProgress(context, `Listing ${descriptor.plural}`, read());
    if (format === 'json') context.out(toJson(toList(items)));
    else if (format === 'yaml') context.out(toYaml(toList(items)));
    else if (format === 'name') context.out(items.map((item) => `${kind}.sluice.dev/${requireName(item.metadata.name)}\n`).join(''));
    else if (items.length === 0) context.err(`${render(items, frozen).join('\n')}\n`);
    else context.out(`${render(items, context.clock.now()).join('\n')}\n`);
  });
}

function sorted(items: readonly KubeObject[]): readonly KubeObject[] {
  const key = (item: KubeObject): string => `${item.metadata.namespace ?? ''}/${item.metadata.name}`;
  return items.toSorted((left, right) => (key(left) < key(right) ? -1 : key(left) > key(right) ? 1 : 0));
}

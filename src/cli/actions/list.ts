import { ANALYSIS_RUN, type KindDescriptor, ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Instant } from '../../api/time.ts';
import { isSluiceError } from '../../ports/errors.ts';
import { wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { listObjects } from '../model/read-rollout.ts';
import { withProgress } from '../progress.ts';
import { type ListRenderOptions, renderRolloutList, renderRunList } from '../render/lists.ts';
import { type OutputFormat, parseOutputFormat, toJson, toList, toYaml } from '../render/output.ts';
import { type GlobalFlags, type Session, withSession } from '../session.ts';
import { type KindWord, requireName } from '../target.ts';
import { filterOf, type ListFilter } from './list-filter.ts';
import { createScreen } from './screen.ts';
import { showChanges } from './watch-changes.ts';

export interface ListFlags extends GlobalFlags, ListFilter {
  readonly output?: string | undefined;
  readonly watch?: boolean | undefined;
  readonly allNamespaces?: boolean | undefined;
  /** Labels, in kubectl's words. */
  readonly selector?: string | undefined;
}

/** The objects of one kind, in the order of their names. */
interface Listed {
  readonly kind: KindWord;
  readonly items: readonly KubeObject[];
}

const DESCRIPTORS: Readonly<Record<KindWord, KindDescriptor>> = { rollout: ROLLOUT, analysisrun: ANALYSIS_RUN };

/** `list rollouts`, `list analysisruns`, `list all`: one line an object. */
export async function runList(context: CliContext, kinds: readonly KindWord[], flags: ListFlags): Promise<void> {
  const format = parseOutputFormat(flags.output);
  const isText = format === 'text' || format === 'wide';
  if (flags.watch === true && !isText) throw wrongUsage(`-w cannot be shown as ${format}`, 'leave -o out, or use -o wide');
  if (flags.watch === true && kinds.length > 1) throw wrongUsage('-w follows one kind', 'name rollouts or analysisruns');
  const filters = kinds.map((kind) => [kind, filterOf(kind, flags)] as const);
  await withSession(context, flags, async (session) => {
    const namespace = flags.allNamespaces === true ? undefined : session.namespace;
    const options = { namespace, labelSelector: flags.selector };
    const read = async (): Promise<readonly Listed[]> =>
      Promise.all(
        filters.map(async ([kind, wanted]) => {
          const items = await listObjects(session.cluster, DESCRIPTORS[kind], { ...options, signal: context.signal });
          return { kind, items: sorted(items).filter(wanted) };
        }),
      ).catch((error: unknown) => explainSelector(error, flags.selector));
    const render = (lists: readonly Listed[], now: Instant): string[] =>
      renderLists(lists, { now, everywhere: namespace === undefined, wide: format === 'wide', paint: session.paint }, session, flags);
    if (flags.watch !== true) {
      const lists = await withProgress(context, `Listing ${plurals(kinds)}`, read());
      return print(context, lists, format, (now) => `${render(lists, now).join('\n')}\n`);
    }
    const frozen = context.clock.now();
    const screen = createScreen(context);
    const show = (lists: readonly Listed[]): void => screen.show(render(lists, context.clock.now()), render(lists, frozen));
    await showChanges(context, session.cluster, { kinds: kinds.map((kind) => ({ kind: DESCRIPTORS[kind], options })), read, show });
  });
}

/** A selector that the API server cannot read is the person's. */
function explainSelector(error: unknown, selector: string | undefined): never {
  if (selector === undefined || !isSluiceError(error, 'spec_invalid')) throw error;
  throw wrongUsage(`"${selector}" selects nothing: ${error.message}`, 'write labels as app=checkout,tier!=test or "app in (a,b)"');
}

function renderLists(lists: readonly Listed[], options: ListRenderOptions, session: Session, flags: ListFlags): string[] {
  const filled = lists.filter(({ items }) => items.length > 0);
  if (filled.length === 0) {
    const where = options.everywhere ? 'in any namespace' : `in namespace "${session.namespace}"`;
    const labels = flags.selector === undefined ? '' : ` with the labels ${flags.selector}`;
    return [`no ${plurals(lists.map(({ kind }) => kind))} ${where}${labels}`];
  }
  const blocks = filled.map(({ kind, items }) => (kind === 'rollout' ? renderRolloutList(items, options) : renderRunList(items, options)));
  return blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}

function print(context: CliContext, lists: readonly Listed[], format: OutputFormat, text: (now: Instant) => string): void {
  const items = lists.flatMap((list) => list.items);
  if (format === 'json') context.out(toJson(toList(items)));
  else if (format === 'yaml') context.out(toYaml(toList(items)));
  else if (format === 'name') context.out(lists.flatMap(namesOf).join(''));
  else if (items.length === 0) context.err(text(context.clock.now()));
  else context.out(text(context.clock.now()));
}

function namesOf({ kind, items }: Listed): readonly string[] {
  return items.map((item) => `${kind}.sluice.dev/${requireName(item.metadata.name)}\n`);
}

function plurals(kinds: readonly KindWord[]): string {
  return kinds.map((kind) => DESCRIPTORS[kind].plural).join(' or ');
}

function sorted(items: readonly KubeObject[]): readonly KubeObject[] {
  const key = (item: KubeObject): string => `${item.metadata.namespace ?? ''}/${item.metadata.name}`;
  return items.toSorted((left, right) => (key(left) < key(right) ? -1 : key(left) > key(right) ? 1 : 0));
}

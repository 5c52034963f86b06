import type { KubeObject } from '../../api/metadata.ts';
import type { JsonPatchOperation } from '../../ports/cluster.ts';
import { refused, wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { listAt, textAt } from '../model/fields.ts';
import { getRollout } from '../model/read-rollout.ts';
import { readStatus } from '../model/rollout-view.ts';
import { withProgress } from '../progress.ts';
import { clean } from '../render/escape.ts';
import { type GlobalFlags, withSession } from '../session.ts';
import { rolloutName } from '../target.ts';
import { parseDryRun } from './dry-run.ts';
import { patchTemplate } from './template-target.ts';

export interface SetImageFlags extends GlobalFlags {
  readonly force?: boolean | undefined;
  readonly dryRun?: string | undefined;
}

/** `container=image`; `*` is every container. */
interface NewImage {
  readonly container: string;
  readonly image: string;
}

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Gives containers of the pod template other images, with the person's own rights; refuses when Git is the source, unless forced. */
export async function runSetImage(context: CliContext, words: readonly string[], flags: SetImageFlags): Promise<void> {
  const pairs = words.filter((word) => word.includes('='));
  const images = pairs.map(parseImage);
  if (images.length === 0) throw wrongUsage('an image is missing', 'write CONTAINER=IMAGE, or "*=IMAGE" for every container');
  const name = rolloutName(words.filter((word) => !word.includes('=')));
  const dryRun = parseDryRun(flags.dryRun);
  await withSession(context, flags, async (session) => {
    const ref = { namespace: session.namespace, name };
    const rollout = await withProgress(context, 'Reading the rollout', getRollout(session.cluster, ref, context.signal));
    const source = readStatus(rollout['status']).provenance?.current;
    if (source !== undefined && flags.force !== true) {
      throw refused(
        `rollout "${name}" comes from Git, and the reconciler would put the present image back`,
        `change it in ${clean(source.file, 300)} on branch ${clean(source.branch, 253)} of ${clean(source.repository, 300)}; --force patches the cluster all the same`,
      );
    }
    await patchTemplate(context, session, rollout, {
      verb: 'set image',
      dryRun,
      changes: (object) => images.flatMap((image) => operationsFor(object, image)),
      done: 'image updated',
    });
  });
}

const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/u;

function parseImage(word: string): NewImage {
  const [container = '', image = ''] = word.split(/=(.*)/su);
  if (container === '' || !IMAGE.test(image))
    throw wrongUsage(`"${word}" names no image`, 'write CONTAINER=IMAGE, such as app=registry.example/app:2');
  return { container, image };
}

function operationsFor(object: KubeObject, { container, image }: NewImage): readonly JsonPatchOperation[] {
  const found = LISTS.flatMap((list) =>
    listAt(object, 'spec', 'template', 'spec', list).map((entry, index) => ({
      name: textAt(entry, 'name') ?? '',
      path: `/spec/template/spec/${list}/${index}/image`,
    })),
  );
  const wanted = container === '*' ? found : found.filter((one) => one.name === container);
  if (wanted.length === 0) {
    const known = found.map((one) => clean(one.name, 100)).join(', ') || 'none';
    throw refused(`there is no container "${clean(container, 100)}" in the pod template`, `there are: ${known}`);
  }
  return wanted.map(({ path }) => ({ op: 'replace', path, value: image }));
}

import { z } from 'zod';
import { DEPLOYMENT, ROLLOUT } from '../../api/kinds.ts';
import { ABORT, REQUEST } from '../../api/labels.ts';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';
import { millis } from '../../api/time.ts';
import { viewRollout } from '../invariants/world-view.ts';
import { parseManifests } from '../scenario/manifests.ts';
import { type Action, apply, at, metric, perform, runsImage, type Stage, type TimelineEvent, timeOf } from '../scenario/timeline.ts';
import type { PodBehaviour } from '../world/pod-behaviour.ts';
import type { ScenarioEvent, ScenarioPods } from './scenario-schema.ts';

/** The Rollout that the scenario is about. */
export interface Subject {
  readonly namespace: string;
  readonly name: string;
}

const looseObject = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: objectMetaSchema });

/** How the simulated kubelet takes a behaviour of the file. */
export function behaviourOf({ behave, after }: Pick<ScenarioPods, 'behave' | 'after'>): PodBehaviour {
  const delay = timeOf(after);
  if (behave === 'ready-after' || behave === 'crash-loop') return { type: behave, delay };
  if (behave === 'readiness-flap') return { type: behave, delay, ready: millis(30_000), unready: millis(30_000) };
  return { type: behave };
}

function currentHash(stage: Stage, { namespace, name }: Subject): string {
  const rollout = stage.sim.snapshot(ROLLOUT).find((one) => one.metadata.namespace === namespace && one.metadata.name === name);
  return viewRollout(rollout)?.status.currentPodHash ?? '';
}

/** What the plugin writes, with the revision that is current then. */
function ask(subject: Subject, verb: string, id: number): Action {
  return perform(`${verb} of ${subject.name} is asked for`, (stage) => {
    const hash = currentHash(stage, subject);
    const annotation = verb === 'abort' ? { [ABORT]: `${hash}@${id}` } : { [REQUEST]: `${verb}:${hash}@${id}` };
    return stage.cluster.patch(
      ROLLOUT,
      subject,
      { type: 'merge', body: { metadata: { annotations: annotation } } },
      { fieldManager: 'kubectl-sluice' },
    );
  });
}

/** Another image in the first container: of the Deployment that the Rollout refers to, or of the Rollout itself. */
function setImage(subject: Subject, image: string): Action {
  return perform(`image ${image}`, async (stage) => {
    const rollout = await stage.cluster.get(ROLLOUT, subject);
    const spec = z.looseObject({ workloadRef: z.object({ name: z.string() }).optional() }).safeParse(rollout?.['spec']).data;
    const [kind, name] = spec?.workloadRef === undefined ? [ROLLOUT, subject.name] : [DEPLOYMENT, spec.workloadRef.name];
    const operations = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }] as const;
    return stage.cluster.patch(kind, { namespace: subject.namespace, name }, { type: 'json', operations }, { fieldManager: 'kubectl-set' });
  });
}

/** The number of pods through the scale subresource, as an autoscaler writes it. */
function scale(subject: Subject, replicas: number): Action {
  return perform(`scaled to ${replicas}`, ({ cluster }) =>
    cluster.patch(ROLLOUT, subject, { type: 'merge', body: { spec: { replicas } } }, { fieldManager: 'autoscaler', subresource: 'scale' }),
  );
}

function podsAct(pods: ScenarioPods): Action {
  const { image } = pods;
  const matches = image === undefined ? (): boolean => true : runsImage(image);
  return perform(`pods${image === undefined ? '' : ` of ${image}`}: ${pods.behave}`, (stage) => stage.behave(matches, behaviourOf(pods)));
}

function metrics(values: Readonly<Record<string, number | null>>): Action {
  const actions = Object.entries(values).map(([name, value]) => metric(name, value ?? undefined));
  return {
    what: actions.map((action) => action.what).join(', '),
    act: (stage) => {
      for (const action of actions) void action.act(stage);
    },
  };
}

function manifestOf(value: unknown): KubeObject {
  return looseObject.parse(value);
}

/** One event as actions; `files` holds the text of every file that `apply` names. Throws for a manifest that is none. */
function actionOf(event: ScenarioEvent, subject: Subject, files: ReadonlyMap<string, string>, id: number): Action {
  if (event.image !== undefined) return setImage(subject, event.image);
  if (event.apply !== undefined) return apply(parseManifests(files.get(event.apply) ?? ''));
  if (event.manifest !== undefined) return apply(manifestOf(event.manifest));
  if (event.scale !== undefined) return scale(subject, event.scale);
  if (event.metric !== undefined) return metrics(event.metric);
  if (event.pods !== undefined) return podsAct(event.pods);
  if (event.request !== undefined) return ask(subject, event.request, id);
  return perform('the controller dies at its next request', (stage) => stage.fault(() => true, { type: 'crash', when: 'before' }, 1));
}

/** The timeline of a scenario file. */
export function timelineOf(
  events: readonly ScenarioEvent[],
  subject: Subject,
  files: ReadonlyMap<string, string>,
): readonly TimelineEvent[] {
  return events.map((event, index) => at(event.at, actionOf(event, subject, files, index + 1)));
}

import type { FieldProblem } from '../../api/field-problem.ts';
import { isRecord } from '../identity/is-record.ts';
import { problemAt } from './problem-at.ts';

type Json = Readonly<Record<string, unknown>>;

/** What can be said of an opaque pod template without the API server: its dry run of the ReplicaSet says the rest. */
export function lintPodTemplate(field: string, template: Json): readonly FieldProblem[] {
  const spec = template['spec'];
  if (!isRecord(spec))
    return [problemAt(`${field}.spec`, spec, 'is missing: there is no pod to run', 'set it to a pod specification with containers')];
  const containers = spec['containers'];
  if (!Array.isArray(containers) || containers.length === 0) {
    return [problemAt(`${field}.spec.containers`, containers, 'needs at least one container', 'list a container with name and image')];
  }
  const policy = spec['restartPolicy'];
  const restart =
    policy === undefined || policy === 'Always'
      ? []
      : [problemAt(`${field}.spec.restartPolicy`, policy, 'must be Always in a ReplicaSet', 'remove it, or write Always')];
  return [...restart, ...containers.flatMap((container: unknown, index) => lintContainer(`${field}.spec.containers[${index}]`, container))];
}

function lintContainer(field: string, container: unknown): readonly FieldProblem[] {
  if (!isRecord(container)) return [problemAt(field, container, 'must be an object', 'write a container with name and image')];
  return ['name', 'image'].flatMap((member) => {
    const value = container[member];
    if (typeof value === 'string' && value !== '') return [];
    return [
      problemAt(`${field}.${member}`, value, 'is missing', member === 'name' ? 'give the container a name' : 'name the image to run'),
    ];
  });
}

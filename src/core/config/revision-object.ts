import { CONFIG_HASH, CONFIG_RECORD, TEMPLATE_HASH } from '../../api/labels.ts';
import { configCopyName } from '../identity/names.ts';
import { type ConfigRecord, configHash, formatRecord } from './config-record.ts';
import { configKey, renameConfigRefs, splitConfigKey } from './config-refs.ts';

type Template = Readonly<Record<string, unknown>>;

/** What a ReplicaSet carries of its revision's two parts; nothing when there is no configuration, as the label is the template's hash then. */
export function revisionAnnotations(templateHash: string, record: ConfigRecord): Readonly<Record<string, string>> {
  const config = configHash(record);
  if (config === undefined) return {};
  return { [TEMPLATE_HASH]: templateHash, [CONFIG_HASH]: config, [CONFIG_RECORD]: formatRecord(record) };
}

/** {@link withCopies} undone: the template under the names of the objects themselves. */
export function withoutCopies(template: Template, record: ConfigRecord): Template {
  if (record.size === 0) return template;
  const names = new Map<string, string>();
  for (const [key, digest] of record) {
    const { kind, name } = splitConfigKey(key);
    names.set(configKey({ kind, name: configCopyName(name, digest) }), name);
  }
  return renameConfigRefs(template, (ref) => names.get(configKey(ref)) ?? ref.name);
}

/** The template with its references turned to the copies. An optional object that is absent gets a name that never exists, so that it cannot come later. */
export function withCopies(template: Template, record: ConfigRecord): Template {
  if (record.size === 0) return template;
  return renameConfigRefs(template, (ref) => {
    const digest = record.get(configKey(ref));
    return digest === undefined ? ref.name : configCopyName(ref.name, digest);
  });
}

import type { ConfigChange, ConfigStatus } from '../../api/rollout-status.ts';
import { configChanges, describeChange } from '../config/config-changes.ts';
import type { ConfigDigest } from '../config/config-digest.ts';
import { configKey, splitConfigKey } from '../config/config-refs.ts';
import { recordOf, templateHashOf } from '../config/revision-label.ts';
import { configCopyName } from '../identity/names.ts';
import { wholeSecond } from '../time/instants.ts';
import { type Context, underTest } from './context.ts';
import { type Draft, patch, say, wake } from './draft.ts';
import { configHashOf } from './revision.ts';

function contentOf(context: Context, key: string, digest: string): ConfigDigest | undefined {
  const { kind, name } = splitConfigKey(key);
  const objects = context.observed.config?.objects;
  const copy = objects?.get(configKey({ kind, name: configCopyName(name, digest) }));
  return [copy, objects?.get(key)].find((object) => object?.digest === digest);
}

/** How the configuration under test differs from that of stable; kept as it was found when the revision started. */
function changesOf(context: Context, draft: Draft): Pick<ConfigStatus, 'changes' | 'only'> {
  const { previous, stable, revision } = context;
  if (!underTest(context, draft.status) || stable === undefined) return {};
  if (previous?.currentPodHash === context.hash && previous.stableRS === draft.status.stableRS) {
    const { changes, only } = previous.config ?? {};
    return { ...(changes === undefined ? {} : { changes }), ...(only === undefined ? {} : { only }) };
  }
  const before = recordOf(stable);
  const changes: readonly ConfigChange[] =
    before.size === 0 ? [] : configChanges(before, revision.record, (key, digest) => contentOf(context, key, digest));
  if (changes.length === 0) return {};
  return { changes, ...(templateHashOf(stable) === revision.templateHash ? { only: true } : {}) };
}

function isSame(context: Context): boolean {
  return context.revision.hold !== undefined && context.previous?.currentPodHash === context.hash;
}

/** Writes down what the configuration of the current revision is, how it differs from that of stable, and since when a change of it waits. */
export function recordConfig(context: Context, draft: Draft): Draft {
  const { hold, settlingSince } = context.revision;
  // While the live revision waits its configuration is not that of the current one.
  const hash = isSame(context) ? context.previous?.config?.hash : configHashOf(context.revision);
  const changes = changesOf(context, draft);
  const config: ConfigStatus = {
    ...(hash === undefined ? {} : { hash }),
    ...changes,
    ...(settlingSince === undefined ? {} : { pendingSince: wholeSecond(settlingSince) }),
  };
  const noted = patch(draft, { config: Object.keys(config).length === 0 ? undefined : config });
  const described = (changes.changes ?? []).map(describeChange).join(', ');
  const told =
    described === ''
      ? noted
      : say(noted, `${changes.only === true ? 'only the configuration differs' : 'the configuration differs too'}: ${described}`);
  if (hold === undefined) return told;
  const held = say(told, `the live revision waits: ${hold.message}`);
  return hold.until === undefined ? held : wake(held, hold.until);
}

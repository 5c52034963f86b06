import type { Instant } from '../../api/time.ts';
import { configNote } from '../model/revision-config.ts';
import type { RevisionView, RolloutView } from '../model/rollout-view.ts';
import { formatAge } from './age.ts';
import type { Paint } from './color.ts';
import { type Cell, cell, renderTable } from './table.ts';

/** One line a revision, the newest first: its part, its images, and what of its configuration is other than in the one before; with `wide`, its copies. */
export function renderHistory(view: RolloutView, now: Instant, wide: boolean, paint: Paint): string[] {
  const revisions = view.revisions.filter((revision) => revision.replicaSet !== undefined);
  const rows = revisions.map((revision) => row(revision, now, wide));
  return renderTable(['REVISION', 'HASH', 'ROLE', 'PODS', 'IMAGES', 'CHANGED', 'AGE', 'COPIES'], rows, paint);
}

function row(revision: RevisionView, now: Instant, wide: boolean): Cell[] {
  const { config, replicaSet: set } = revision;
  const copies = config.objects.flatMap((object) => object.copy ?? []).join(', ');
  const role = [revision.role, ...(revision.quarantined ? ['quarantined'] : [])].join(', ');
  return [
    cell(revision.ordinal ?? '?'),
    cell(revision.hash),
    cell(role, revision.quarantined ? 'bad' : 'plain'),
    cell(set?.current ?? 0),
    cell((set?.images ?? []).join(', ')),
    cell(configNote(config)),
    cell(formatAge(set?.createdAt, now)),
    cell(wide ? copies : ''),
  ];
}

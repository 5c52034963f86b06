import { type Instant, instant, millis, parseInstant } from '../../api/time.ts';
import type {
  ClockInput,
  DecisionLines,
  Explanation,
  GateInput,
  Inputs,
  ReplicaSetInput,
  RouteInput,
  ServiceInput,
} from '../explain/explanation.ts';
import type { Unread } from '../explain/object-reader.ts';
import { renderAdvice } from './advice.ts';
import { formatAge, formatDuration } from './age.ts';
import type { Paint } from './color.ts';
import { field } from './header.ts';
import { markOf, paintState } from './status-line.ts';
import { cell, renderTable } from './table.ts';

/** An explanation for people: what was read, what would be done and why, what is awaited. */
export function renderExplanation(explanation: Explanation, paint: Paint): string[] {
  const now = parseInstant(explanation.at) ?? instant(0);
  const { rollout, status, inputs, decision, advice, unread } = explanation;
  const blocks = [
    [
      ...field('Name', [paint('strong', rollout.name)], paint),
      ...field('Namespace', [rollout.namespace], paint),
      ...field('Status', [paintState(status.phase, paint)], paint),
      ...(status.message === '' ? [] : field('Message', [status.message], paint)),
      ...field(
        'Looked at',
        [`${explanation.at}, generation ${rollout.generation} (the controller has seen ${rollout.observedGeneration})`],
        paint,
      ),
    ],
    renderUnread(unread, paint),
    ...(inputs === undefined ? [] : renderInputs(inputs, now, paint)),
    decision === undefined ? renderUndecided(unread, paint) : renderDecision(decision, now, paint),
    renderAdvice(advice, now, paint),
  ];
  return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}

function block(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [paint('strong', title), ...lines.map((line) => `  ${line}`)];
}

function renderUnread(unread: readonly Unread[], paint: Paint): string[] {
  return block(
    'Could not be read',
    unread.map((one) => `${one.what}: ${one.why}`),
    paint,
  );
}

function renderUndecided(unread: readonly Unread[], paint: Paint): string[] {
  const missing = unread.filter((one) => one.essential).map((one) => one.what);
  return block('Decision', [`not worked out: it would be a guess without ${missing.join(', ')}`], paint);
}

function renderInputs(inputs: Inputs, now: Instant, paint: Paint): string[][] {
  const facts = [
    ...field('Spec', inputs.spec, paint),
    ...field('Revisions', inputs.revisions, paint),
    ...field('Place', inputs.place, paint),
    ...field('Weights', inputs.weights, paint),
    ...field('Requests', inputs.requests.length === 0 ? ['none'] : inputs.requests, paint),
    ...field('Config', inputs.config, paint),
    ...field('Source', inputs.source, paint),
  ];
  return [
    block('Inputs', facts, paint),
    block('Pods', replicaSetTable(inputs.replicaSets, paint), paint),
    block('Services', serviceTable(inputs.services, paint), paint),
    block('Routes', inputs.routes.map(routeLine), paint),
    block('Gates', gateTable(inputs.gates, now, paint), paint),
    block(
      'Clocks',
      inputs.clocks.map((clock) => clockLine(clock, now)),
      paint,
    ),
  ];
}

function replicaSetTable(sets: readonly ReplicaSetInput[], paint: Paint): string[] {
  if (sets.length === 0) return [];
  const rows = sets.map((set) => [
    cell(set.name),
    cell(set.revision),
    cell(set.role),
    cell(set.wanted ?? ''),
    cell(set.asked),
    cell(set.pods),
    cell(set.ready),
    cell(set.available),
    cell(set.stale ? 'counts are of an older generation' : ''),
  ]);
  return renderTable(['REPLICASET', 'REVISION', 'ROLE', 'WANTED', 'ASKED FOR', 'PODS', 'READY', 'AVAILABLE', 'NOTE'], rows, paint);
}

function serviceTable(services: readonly ServiceInput[], paint: Paint): string[] {
  if (services.length === 0) return [];
  const rows = services.map((service) => [
    cell(service.name),
    cell(service.field),
    cell(service.exists ? (service.selects ?? 'no revision') : 'does not exist', service.exists ? 'plain' : 'bad'),
    cell(endpointText(service)),
  ]);
  return renderTable(['SERVICE', 'FIELD', 'SELECTS', 'ENDPOINTS'], rows, paint);
}

function endpointText({ ready, readyByRevision }: ServiceInput): string {
  if (ready === undefined) return 'not read';
  return [`${ready} ready`, ...Object.entries(readyByRevision).map(([hash, count]) => `${count} of ${hash}`)].join(', ');
}

function routeLine(route: RouteInput): string {
  const objects = route.objects.length === 0 ? '' : ` (${route.objects.join(', ')})`;
  const says = route.trouble ?? `weight ${route.weight ?? 'unclear'} for the canary; ${route.acceptance}`;
  return `${route.router}${objects}: ${says}`;
}

function gateTable(gates: readonly GateInput[], now: Instant, paint: Paint): string[] {
  if (gates.length === 0) return [];
  const rows = gates.map((gate) => {
    const mark = markOf(gate.verdict);
    return [
      cell(`${mark.symbol} ${gate.name}`, mark.tone),
      cell(gate.verdict),
      cell(gate.analysisRun),
      cell(formatAge(gate.since, now)),
      cell([...gate.values, ...(gate.message === undefined ? [] : [gate.message])].join(', ')),
    ];
  });
  return renderTable(['GATE', 'VERDICT', 'ANALYSISRUN', 'SINCE', 'VALUES'], rows, paint);
}

function clockLine(clock: ClockInput, now: Instant): string {
  return `${clock.at} (${distance(clock.at, now)}): ${clock.what}`;
}

function distance(at: string, now: Instant): string {
  const when = parseInstant(at) ?? now;
  return when > now ? `in ${formatDuration(millis(when - now))}` : 'now';
}

function renderDecision(decision: DecisionLines, now: Instant, paint: Paint): string[] {
  const { effects, because, statusChanges, events, looksAgainAt } = decision;
  const done = effects.map((effect, index) => `${index + 1}. ${effect.type} ${effect.target}: ${effect.why}`);
  const lines = [
    ...field('Would do', done.length === 0 ? ['nothing'] : done, paint),
    ...field('Because', because, paint),
    ...field('Status', [`${paintState(decision.phase, paint)}${decision.message === '' ? '' : ` - ${decision.message}`}`], paint),
    ...field('Changes', statusChanges.length === 0 ? ['nothing in status'] : [`status.${statusChanges.join(', status.')}`], paint),
    ...field('Events', events, paint),
    ...field(
      'Looks again',
      [
        looksAgainAt === undefined
          ? 'when something changes'
          : `${looksAgainAt} (${distance(looksAgainAt, now)}), or when something changes`,
      ],
      paint,
    ),
  ];
  return block('Decision', lines, paint);
}

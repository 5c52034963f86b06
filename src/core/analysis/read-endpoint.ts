import type { Metric } from '../../api/analysis.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { substituteText } from './arguments.ts';
import { type FieldReader, takeSubstituted, withStandIns } from './metric-fields.ts';
import type { EndpointName, MetricQuestion } from './question.ts';

/** What a metric asks; undefined when it cannot be asked or a problem was noted. */
export interface ReadQuestion {
  readonly question: MetricQuestion | undefined;
  readonly unsupported: readonly FieldProblem[];
}

/** A field that is understood and not done, with what to write instead. */
export function unsupportedAt(field: string, remedy: string): FieldProblem {
  return { field, problem: 'Unsupported: this version does not do it yet', remedy };
}

/** Where to ask, or undefined with what is wrong noted. */
export function endpointOf(
  reader: FieldReader,
  field: string,
  named: { readonly provider?: string | undefined; readonly address?: string | undefined },
  inlineEndpoints: boolean,
  unsupported: FieldProblem[],
): EndpointName | undefined {
  if (named.address === undefined) return { provider: named.provider ?? 'default' };
  if (inlineEndpoints) {
    const address = takeSubstituted(reader, field, named.address, substituteText(named.address, withStandIns(reader)));
    return address === undefined ? undefined : { address };
  }
  const remedy =
    'name a MetricProvider in provider; the platform team sets address and credentials there, or starts the controller with --allow-inline-endpoints';
  unsupported.push({ field, problem: 'Unsupported: templates name no addresses here', remedy });
  return undefined;
}

type Access = Pick<NonNullable<Metric['provider']['prometheus']>, 'insecure' | 'headers' | 'authentication'>;

const REMEDIES: Readonly<Record<keyof Access, string>> = {
  insecure: 'remove it: certificates are always verified; name their authority in the tls entry of a MetricProvider',
  headers: 'remove it; the platform team sets headers in a MetricProvider',
  authentication: 'remove it; the platform team sets credentials in a MetricProvider',
};

/** Argo's ways to reach an endpoint from a template: refused by name, because secrets and trust belong to a MetricProvider (M3, M22). */
export function inlineAccess(at: string, { insecure, headers, authentication }: Access): readonly FieldProblem[] {
  return [
    ...(insecure === true ? [unsupportedAt(`${at}.insecure`, REMEDIES.insecure)] : []),
    ...(headers !== undefined && headers.length > 0 ? [unsupportedAt(`${at}.headers`, REMEDIES.headers)] : []),
    ...(authentication !== undefined && Object.keys(authentication).length > 0
      ? [unsupportedAt(`${at}.authentication`, REMEDIES.authentication)]
      : []),
  ];
}

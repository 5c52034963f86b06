import type { HttpEndpoint } from '../../api/metric-provider.ts';
import type { EndpointAccess } from '../../ports/metrics.ts';
import { SecretValue } from '../../ports/secret.ts';
import type { SecretData } from '../restore/repository-credential.ts';

/** Reads a Secret of Sluice's own namespace; undefined when there is none, or none that may be read. */
export type ReadSecret = (name: string) => Promise<SecretData | undefined>;

interface Wanted {
  readonly field: string;
  readonly secret: string;
  readonly key: string;
}

/** Where each credential stands that an endpoint names. */
function wantedBy(spec: HttpEndpoint): readonly Wanted[] {
  const basic = spec.basicAuth?.secretRef.name;
  const bearer = spec.bearerToken?.secretRef;
  const authority = spec.tls?.caSecretRef.name;
  return [
    ...(basic === undefined ? [] : ['username', 'password'].map((key) => ({ field: 'basicAuth.secretRef', secret: basic, key }))),
    ...(bearer === undefined ? [] : [{ field: 'bearerToken.secretRef', secret: bearer.name, key: bearer.key ?? 'token' }]),
    ...(authority === undefined ? [] : [{ field: 'tls.caSecretRef', secret: authority, key: 'ca.crt' }]),
    ...(spec.headers ?? []).flatMap(({ secretRef }, index) =>
      secretRef === undefined ? [] : [{ field: `headers[${index}].secretRef`, secret: secretRef.name, key: secretRef.key }],
    ),
  ];
}

type Secrets = ReadonlyMap<string, SecretData | undefined>;

async function readAll(names: readonly string[], readSecret: ReadSecret): Promise<Secrets> {
  const unique = [...new Set(names)];
  return new Map(await Promise.all(unique.map(async (name): Promise<[string, SecretData | undefined]> => [name, await readSecret(name)])));
}

/** A header that could end early or begin another one is no header. */
function isHeaderText(value: SecretValue): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value.reveal());
}

function problemOf(wanted: Wanted, secrets: Secrets): string | undefined {
  const { field, secret, key } = wanted;
  const data = secrets.get(secret);
  if (data === undefined)
    return `${field}: the Secret ${secret} does not exist in Sluice's namespace or may not be read; create it, and name it in the chart's secrets`;
  const value = data.get(key);
  if (value === undefined || value.reveal() === '') return `${field}: the Secret ${secret} has no key ${key}; add it`;
  if (key !== 'ca.crt' && !isHeaderText(value))
    return `${field}: the key ${key} of the Secret ${secret} holds line breaks or other control characters; write it anew`;
  return undefined;
}

/** The credentials that an endpoint names, or what is missing, without a word of what is there. */
export async function readAccess(spec: HttpEndpoint, readSecret: ReadSecret): Promise<EndpointAccess | string> {
  const wanted = wantedBy(spec);
  const secrets = await readAll(
    wanted.map(({ secret }) => secret),
    readSecret,
  );
  const problems = wanted.flatMap((one) => problemOf(one, secrets) ?? []);
  if (problems.length > 0) return problems.join('; ');
  const valueOf = (name: string | undefined, key: string): SecretValue => secrets.get(name ?? '')?.get(key) ?? new SecretValue('');
  const { basicAuth, bearerToken, tls } = spec;
  return {
    ...(basicAuth === undefined
      ? {}
      : { basic: { username: valueOf(basicAuth.secretRef.name, 'username'), password: valueOf(basicAuth.secretRef.name, 'password') } }),
    ...(bearerToken === undefined ? {} : { bearer: valueOf(bearerToken.secretRef.name, bearerToken.secretRef.key ?? 'token') }),
    ...(tls === undefined ? {} : { authority: valueOf(tls.caSecretRef.name, 'ca.crt').reveal() }),
    headers: (spec.headers ?? []).map(({ key, value, secretRef }) => ({
      key,
      value: secretRef === undefined ? new SecretValue(value ?? '') : valueOf(secretRef.name, secretRef.key),
    })),
  };
}

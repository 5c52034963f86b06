import { GRPC_ROUTE, HTTP_ROUTE, type KindDescriptor } from '../../../api/kinds.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import { crd, INT32, list as listOf, OPEN, object, type Schema } from '../crd-parts.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `^${LABEL}(\\.${LABEL})*$`;
const TOKEN = "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$";

function text(maxLength: number, more: Schema = {}): Schema {
  return { type: 'string', minLength: 1, maxLength, ...more };
}

function list(items: Schema, maxItems: number, more: Schema = {}): Schema {
  return listOf(items, { maxItems, 'x-kubernetes-list-type': 'atomic', ...more });
}

const PORT = { ...INT32, minimum: 1, maximum: 65_535 };
const GROUP = { type: 'string', maxLength: 253, pattern: `^$|${SUBDOMAIN}` };
const KIND = text(63, { pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$' });
const NAMESPACE = text(63, { pattern: `^${LABEL}$` });

const SERVICE_REF = {
  group: { ...GROUP, default: '' },
  kind: { ...KIND, default: 'Service' },
  name: text(253),
  namespace: NAMESPACE,
  port: PORT,
};
const NEEDS_PORT = [
  { message: 'Must have port for Service reference', rule: "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true" },
];

const PARENT_REF = object(
  {
    group: { ...GROUP, default: 'gateway.networking.k8s.io' },
    kind: { ...KIND, default: 'Gateway' },
    namespace: NAMESPACE,
    name: text(253),
    sectionName: text(253, { pattern: SUBDOMAIN }),
    port: PORT,
  },
  { required: ['name'] },
);

const NAMED_VALUES = list(object({ name: text(256, { pattern: TOKEN }), value: text(4096) }, { required: ['name', 'value'] }), 16, {
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
});
const HEADER_MODIFIER = object({
  add: NAMED_VALUES,
  set: NAMED_VALUES,
  remove: list({ type: 'string' }, 16, { 'x-kubernetes-list-type': 'set' }),
});

const REQUEST_MIRROR = object(
  {
    backendRef: object(SERVICE_REF, { required: ['name'], 'x-kubernetes-validations': NEEDS_PORT }),
    percent: { ...INT32, minimum: 0, maximum: 100 },
    fraction: object(
      { numerator: { ...INT32, minimum: 0 }, denominator: { ...INT32, minimum: 1, default: 100 } },
      { required: ['numerator'] },
    ),
  },
  {
    required: ['backendRef'],
    'x-kubernetes-validations': [
      {
        message: 'Only one of percent or fraction may be specified in HTTPRequestMirrorFilter',
        rule: '!(has(self.percent) && has(self.fraction))',
      },
    ],
  },
);

const PATH_MODIFIER = object(
  { type: { type: 'string' }, replaceFullPath: { type: 'string' }, replacePrefixMatch: { type: 'string' } },
  { required: ['type'] },
);
const COMMON_FILTERS = {
  requestHeaderModifier: HEADER_MODIFIER,
  responseHeaderModifier: HEADER_MODIFIER,
  requestMirror: REQUEST_MIRROR,
  extensionRef: object({ group: GROUP, kind: KIND, name: text(253) }, { required: ['group', 'kind', 'name'] }),
};
const HTTP_FILTERS = {
  ...COMMON_FILTERS,
  urlRewrite: object({ hostname: text(253), path: PATH_MODIFIER }),
  requestRedirect: object({
    scheme: { type: 'string', enum: ['http', 'https'] },
    hostname: text(253),
    path: PATH_MODIFIER,
    port: PORT,
    statusCode: { type: 'integer', enum: [301, 302, 303, 307, 308], default: 302 },
  }),
};

function capitalized(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

function filters(kinds: Schema): Schema {
  const names = Object.keys(kinds).map((kind) => [kind, kind === 'urlRewrite' ? 'URLRewrite' : capitalized(kind)] as const);
  const rules = names.map(([member, type]) => ({
    message: `filter.${member} must be specified for ${type} filter.type, and for no other`,
    rule: `has(self.${member}) == (self.type == '${type}')`,
  }));
  const one = object(
    { type: { type: 'string', enum: names.map(([, type]) => type) }, ...kinds },
    { required: ['type'], 'x-kubernetes-validations': rules },
  );
  return list(one, 16);
}

function header(valueLength: number): Schema {
  const one = object(
    {
      name: text(256, { pattern: TOKEN }),
      type: { type: 'string', enum: ['Exact', 'RegularExpression'], default: 'Exact' },
      value: text(valueLength),
    },
    { required: ['name', 'value'] },
  );
  return list(one, 16, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
}

const HTTP_MATCH = object({
  path: object(
    {
      type: { type: 'string', enum: ['Exact', 'PathPrefix', 'RegularExpression'], default: 'PathPrefix' },
      value: { type: 'string', maxLength: 1024, default: '/' },
    },
    {
      default: { type: 'PathPrefix', value: '/' },
      'x-kubernetes-validations': [
        {
          message: "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
          rule: "(self.type in ['Exact','PathPrefix']) ? self.value.startsWith('/') : true",
        },
      ],
    },
  ),
  headers: header(4096),
  queryParams: header(1024),
  method: { type: 'string', enum: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] },
});

const GRPC_MATCH = object({
  method: object({
    type: { type: 'string', enum: ['Exact', 'RegularExpression'], default: 'Exact' },
    service: { type: 'string', maxLength: 1024 },
    method: { type: 'string', maxLength: 1024 },
  }),
  headers: header(4096),
});

function rules(match: Schema, kinds: Schema, more: Schema, matchesMore: Schema, rulesMore: Schema): Schema {
  const backend = object(
    { ...SERVICE_REF, weight: { ...INT32, minimum: 0, maximum: 1_000_000, default: 1 }, filters: filters(kinds) },
    { required: ['name'], 'x-kubernetes-validations': NEEDS_PORT },
  );
  const rule = object({
    name: text(253, { pattern: SUBDOMAIN }),
    matches: list(match, 64, matchesMore),
    filters: filters(kinds),
    backendRefs: list(backend, 16),
    ...more,
  });
  return list(rule, 16, rulesMore);
}

const ANY_PATH = [{ path: { type: 'PathPrefix', value: '/' } }];
const HTTP_RULES = rules(
  HTTP_MATCH,
  HTTP_FILTERS,
  { timeouts: object({ request: { type: 'string' }, backendRequest: { type: 'string' } }) },
  { default: ANY_PATH },
  { minItems: 1, default: [{ matches: ANY_PATH }] },
);
const GRPC_RULES = rules(GRPC_MATCH, COMMON_FILTERS, {}, {}, {});

function route(kind: KindDescriptor, ruleList: Schema): KubeObject {
  const spec = object({
    parentRefs: list(PARENT_REF, 32),
    hostnames: list(text(253), 16),
    rules: ruleList,
  });
  return crd(kind, spec, OPEN);
}

/**
 * HTTPRoute and GRPCRoute of Gateway API as its standard channel has them: fields, defaults, limits and the rules that weights and managed routes can break.
 * Left out are the fields that nothing here reads (CORS, session persistence, retry).
 */
export const GATEWAY_CRDS: readonly KubeObject[] = [route(HTTP_ROUTE, HTTP_RULES), route(GRPC_ROUTE, GRPC_RULES)];

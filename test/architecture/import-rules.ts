/** What a layer may import: other layers, and packages by name (`*` for any). Types only where the rule says so. */
export interface LayerRule {
  readonly layers: readonly string[];
  readonly packages: readonly string[];
  /** Layers of which only types may be imported. */
  readonly typeLayers?: readonly string[];
  /** Packages of which only types may be imported. */
  readonly typePackages?: readonly string[];
}

const NODE_PURE = ['node:crypto'];

/** The table of design 3; a layer that is not in it may not exist. */
export const IMPORT_RULES: Readonly<Record<string, LayerRule>> = {
  api: { layers: ['api'], packages: ['zod'] },
  core: { layers: ['api', 'core'], typeLayers: ['ports'], packages: ['yaml', '@marcbachmann/cel-js', ...NODE_PURE] },
  ports: { layers: ['api', 'ports'], packages: [] },
  kube: { layers: ['api', 'ports', 'kube'], packages: ['@kubernetes/client-node', 'undici', 'zod', 'yaml', 'node:*'] },
  adapters: { layers: ['api', 'ports', 'core', 'adapters', 'kube'], packages: ['*'], typePackages: ['@kubernetes/client-node'] },
  /** Pure as the core is: what decisions look at, made of what whoever observes holds, a controller or a person at a terminal. */
  observe: { layers: ['api', 'core', 'ports', 'observe'], typeLayers: ['kube'], packages: ['zod'] },
  controllers: {
    layers: ['api', 'core', 'ports', 'kube', 'observe', 'controllers', 'telemetry', 'config'],
    packages: ['zod', ...NODE_PURE],
  },
  sim: {
    layers: ['api', 'core', 'ports', 'sim'],
    typeLayers: ['kube'],
    packages: [
      'zod',
      'yaml',
      '@marcbachmann/cel-js',
      'node:http',
      'node:net',
      'node:stream',
      'node:fs',
      'node:path',
      'node:url',
      'node:assert',
      'node:assert/strict',
      'node:timers/promises',
      ...NODE_PURE,
    ],
  },
  cli: {
    layers: ['api', 'core', 'ports', 'kube', 'observe', 'cli', 'config', 'telemetry', 'adapters'],
    packages: ['commander', 'yaml', 'zod', 'node:*'],
  },
  server: { layers: ['api', 'ports', 'server', 'telemetry'], packages: ['node:http', 'node:net', 'prom-client'] },
  config: { layers: ['api', 'ports', 'config'], packages: ['zod', 'node:*'] },
  telemetry: { layers: ['api', 'ports', 'telemetry'], packages: ['pino', 'prom-client', 'node:*'] },
  demo: {
    layers: ['api', 'core', 'ports', 'kube', 'observe', 'adapters', 'controllers', 'sim', 'telemetry', 'demo'],
    packages: ['yaml', 'zod', 'node:*'],
  },
  // The composition root: the only place that knows adapters, controllers and command line together.
  app: {
    layers: ['api', 'ports', 'kube', 'adapters', 'controllers', 'cli', 'config', 'server', 'telemetry', 'sim', 'demo', 'app'],
    packages: ['commander', 'node:*'],
  },
};

export interface ImportStatement {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const IMPORT = /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/g;
const DYNAMIC = /import\(\s*'([^']+)'\s*\)/g;

/** Every import and re-export of a source text. */
export function importsOf(source: string): readonly ImportStatement[] {
  const found: ImportStatement[] = [];
  for (const match of source.matchAll(IMPORT)) {
    const clause = match[0];
    const named = /\{([^}]*)\}/.exec(clause)?.[1];
    const allNamedAreTypes = named !== undefined && named.split(',').every((part) => part.trim() === '' || part.trim().startsWith('type '));
    const hasDefault = /import\s+\w+/.test(clause) && !/import\s+type\b/.test(clause);
    found.push({ specifier: match[3] ?? '', typeOnly: match[2] !== undefined || (allNamedAreTypes && !hasDefault) });
  }
  for (const match of source.matchAll(DYNAMIC)) found.push({ specifier: match[1] ?? '', typeOnly: false });
  return found;
}

function matches(patterns: readonly string[], name: string): boolean {
  return patterns.some(
    (pattern) => pattern === '*' || pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1))),
  );
}

/** The package that a bare specifier belongs to: `zod/v4` -> `zod`, `node:fs/promises` stays. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

/** Why `layer` may not import this, or undefined when it may. `targetLayer` is set for relative imports. */
export function refusal(layer: string, statement: ImportStatement, targetLayer: string | undefined): string | undefined {
  const rule = IMPORT_RULES[layer];
  if (rule === undefined) return `the folder src/${layer} is not in the table of layers`;
  if (targetLayer !== undefined) {
    if (rule.layers.includes(targetLayer)) return undefined;
    if (statement.typeOnly && rule.typeLayers?.includes(targetLayer) === true) return undefined;
    return `${layer} may not import ${statement.typeOnly ? 'types of ' : ''}${targetLayer}`;
  }
  const name = packageOf(statement.specifier);
  const typeAllowed = statement.typeOnly && (name === '@kubernetes/client-node' || matches(rule.typePackages ?? [], name));
  if (typeAllowed) return undefined;
  const forbiddenValue = rule.typePackages?.includes(name) === true;
  return matches(rule.packages, name) && !forbiddenValue ? undefined : `${layer} may not import the package ${name}`;
}

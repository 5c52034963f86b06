import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reasons of the Ready condition as literals of the files that give it a verdict. */
export function reasonsInSource(): readonly string[] {
  const folder = join(import.meta.dirname, '../../src/core');
  const files = [
    'rollout/phase.ts',
    'rollout/invalid.ts',
    'rollout/revision.ts',
    'rollout/deadlines.ts',
    'rollout/routed/unknown-traffic.ts',
    'config/live-config.ts',
    'rollout/selector-conflict.ts',
    'rollout/service-rules.ts',
  ];
  for (const file of files) assert.ok(readdirSync(join(folder, file, '..')).length > 0);
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const services = /type Reason = ([^;]*);/u.exec(readFileSync(join(folder, 'rollout/service-trouble.ts'), 'utf8'))?.[1] ?? '';
  const refused = readFileSync(join(folder, 'rollout/refused-writes.ts'), 'utf8');
  const ports = readFileSync(join(folder, '../ports/traffic-router.ts'), 'utf8');
  const literals = Array.from(text.matchAll(/\breason: '([A-Z]\w+)'/gu), ([, reason = '']) => reason);
  const unions = `${services}\n${Array.from(refused.matchAll(/return ('\w+')/gu), ([, word = '']) => word).join(' ')}`;
  const others = Array.from(unions.matchAll(/'(\w+)'/gu), ([, reason = '']) => reason);
  assert.ok(others.length > 5);
  const troubles = Array.from((/RouterTrouble = ([^;]*);/u.exec(ports)?.[1] ?? '').matchAll(/'(\w+)'/gu), ([, reason = '']) => reason);
  assert.ok(literals.length > 10 && troubles.length > 3);
  return [...new Set([...literals, ...troubles, ...others])].filter((reason) => reason !== 'OtherWriter');
}

import { parseDocument } from 'yaml';
import { fieldPath } from '../../api/field-path.ts';
import { type ScenarioFile, scenarioFileSchema } from './scenario-schema.ts';

/** A scenario, or every problem of its text with field and remedy. */
export type ReadScenario =
  | { readonly ok: true; readonly scenario: ScenarioFile }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a scenario file: YAML without aliases, checked as a whole. */
export function readScenario(text: string): ReadScenario {
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  if (document.errors.length > 0)
    return { ok: false, problems: document.errors.map((error) => error.message.split('\n')[0] ?? error.message) };
  const parsed = scenarioFileSchema.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (parsed.success) return { ok: true, scenario: parsed.data };
  return { ok: false, problems: parsed.error.issues.map((issue) => `${fieldPath(issue.path)}: ${issue.message}`) };
}

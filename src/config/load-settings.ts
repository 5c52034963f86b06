import { didYouMean } from '../api/did-you-mean.ts';
import { parseDuration } from '../api/duration.ts';
import type { FieldProblem, ParseResult } from '../api/field-problem.ts';
import { zodProblem } from '../api/zod-problem.ts';
import { describeSettings, type SettingDescription, type Settings, settingsSchema } from './settings.ts';

export interface SettingSources {
  /** Words after the command: `--workers 8`, `--workers=8`, `--no-leader-election`. */
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Variables that Kubernetes adds by itself for Services whose name starts with `sluice`: not settings, and no error. */
const SERVICE_LINK = /^SLUICE_(?:[A-Z0-9_]*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_[A-Z]+)?)?)$/;

interface Given {
  readonly setting: SettingDescription;
  /** How the person named it: the flag or the variable. */
  readonly field: string;
  readonly text: string;
}

/** The settings, defaults filled in, frozen; flags win over the environment. Or every problem at once. */
export function loadSettings(sources: SettingSources): ParseResult<Settings> {
  const settings = describeSettings();
  const problems: FieldProblem[] = [];
  const given = new Map<string, Given>();
  for (const entry of [...readEnvironment(settings, sources.environment, problems), ...readFlags(settings, sources.flags, problems)]) {
    given.set(entry.setting.name, entry);
  }
  const values = Object.fromEntries([...given.values()].map((entry) => [entry.setting.name, toValue(entry)]));
  const parsed = settingsSchema.safeParse(values, { reportInput: true });
  if (!parsed.success) {
    const byName = new Map(parsed.error.issues.map((issue) => [String(issue.path[0]), issue] as const));
    for (const [name, issue] of byName) problems.push(problemOf(given.get(name), zodProblem(issue)));
    return { ok: false, problems };
  }
  problems.push(...checkTogether(parsed.data));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: Object.freeze(parsed.data) };
}

function readEnvironment(
  settings: readonly SettingDescription[],
  environment: SettingSources['environment'],
  problems: FieldProblem[],
): Given[] {
  const given: Given[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith('SLUICE_') || text === undefined || SERVICE_LINK.test(variable)) continue;
    const setting = settings.find((candidate) => candidate.variable === variable);
    if (setting === undefined)
      problems.push(
        unknown(
          variable,
          settings.map((candidate) => candidate.variable),
        ),
      );
    else given.push({ setting, field: variable, text });
  }
  return given;
}

function readFlags(settings: readonly SettingDescription[], words: readonly string[], problems: FieldProblem[]): Given[] {
  const given: Given[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const equals = word.indexOf('=');
    const flag = equals === -1 ? word : word.slice(0, equals);
    const negated = settings.find((candidate) => candidate.type === 'boolean' && flag === candidate.flag.replace('--', '--no-'));
    const setting = settings.find((candidate) => candidate.flag === flag);
    if (negated !== undefined && equals === -1) given.push({ setting: negated, field: flag, text: 'false' });
    else if (setting === undefined)
      problems.push(
        unknown(
          flag,
          settings.map((candidate) => candidate.flag),
        ),
      );
    else if (equals !== -1) given.push({ setting, field: flag, text: word.slice(equals + 1) });
    else if (setting.type === 'boolean') given.push({ setting, field: flag, text: 'true' });
    else if (words[index + 1] === undefined || words[index + 1]?.startsWith('--') === true) {
      problems.push({ field: flag, problem: 'has no value', remedy: `write ${flag}=${exampleOf(setting)}` });
    } else {
      index += 1;
      given.push({ setting, field: flag, text: words[index] ?? '' });
    }
  }
  return given;
}

/** What the text means for the setting's type; a text that does not fit stays one, so that the schema refuses it. */
function toValue(entry: Given): unknown {
  const text = entry.text.trim();
  switch (entry.setting.type) {
    case 'list':
      return text === '' ? [] : text.split(',').map((item) => item.trim());
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'integer':
    case 'number':
      return /^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : text;
    case 'string':
      return text;
  }
}

/** The problem under the name that the person used, with an example of what would be right. */
function problemOf(entry: Given | undefined, found: FieldProblem): FieldProblem {
  if (entry === undefined) return found;
  return { ...found, field: entry.field, value: entry.text.slice(0, 100), remedy: `use for example ${exampleOf(entry.setting)}` };
}

function exampleOf(setting: SettingDescription): string {
  if (setting.allowed !== undefined) return setting.allowed.join(' or ');
  if (setting.type === 'list') return 'shop,payments';
  return setting.defaultText === '' ? setting.name : setting.defaultText;
}

function unknown(field: string, known: readonly string[]): FieldProblem {
  const near = didYouMean(field, known);
  return { field, problem: 'is no setting', remedy: near === undefined ? 'see --help for the settings' : `did you mean ${near}?` };
}

/** Rules between settings. */
function checkTogether(settings: Settings): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const shorter = (name: 'renewDeadline' | 'retryPeriod', than: 'leaseDuration' | 'renewDeadline'): void => {
    if ((parseDuration(settings[name]) ?? 0) < (parseDuration(settings[than]) ?? 0)) return;
    problems.push({
      field: name,
      value: settings[name],
      problem: `is not shorter than ${than} (${settings[than]})`,
      remedy: `make it shorter than ${settings[than]}`,
    });
  };
  shorter('renewDeadline', 'leaseDuration');
  shorter('retryPeriod', 'renewDeadline');
  for (const name of ['leaseDuration', 'renewDeadline', 'retryPeriod', 'resyncInterval'] as const) {
    if ((parseDuration(settings[name]) ?? 0) <= 0)
      problems.push({ field: name, value: settings[name], problem: 'is no positive duration', remedy: 'write it as 30s, 5m or 1h30m' });
  }
  for (const name of ['metricsAddress', 'healthAddress'] as const) {
    if (Number(settings[name].split(':').at(-1)) > 65_535)
      problems.push({ field: name, value: settings[name], problem: 'has no such port', remedy: 'ports end at 65535' });
  }
  return problems;
}

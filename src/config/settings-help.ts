import { describeSettings, type SettingDescription } from './settings.ts';

/** The settings as `--help` prints them. */
export function settingsHelp(): string {
  const rows = describeSettings().map(
    (setting) => [`${setting.flag}${valueHint(setting)}`, `${setting.description} ${defaultHint(setting)}`] as const,
  );
  const longest = Math.max(...rows.map(([flag]) => flag.length));
  const lines = rows.map(([flag, text]) => `  ${flag.padEnd(longest)}  ${text}`);
  return `Settings (each also as a variable, such as SLUICE_WORKERS; flags win):\n${lines.join('\n')}\n`;
}

function valueHint(setting: SettingDescription): string {
  if (setting.type === 'boolean') return '';
  return setting.allowed === undefined ? ` <${setting.type}>` : ` <${setting.allowed.join('|')}>`;
}

function defaultHint(setting: SettingDescription): string {
  return setting.defaultText === '' ? '(empty by default)' : `(default ${setting.defaultText})`;
}

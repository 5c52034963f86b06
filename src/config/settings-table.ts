import { describeSettings } from './settings.ts';

/** The settings as a Markdown table for the README. */
export function settingsTable(): string {
  const rows = describeSettings().map((setting) => {
    const allowed = setting.allowed === undefined ? '' : ` One of ${setting.allowed.map((word) => `\`${word}\``).join(', ')}.`;
    const value = setting.defaultText === '' ? '' : `\`${setting.defaultText}\``;
    return `| \`${setting.flag}\` | \`${setting.variable}\` | ${value} | ${setting.description}${allowed} |`;
  });
  return ['| flag | variable | default | what it does |', '|---|---|---|---|', ...rows, ''].join('\n');
}

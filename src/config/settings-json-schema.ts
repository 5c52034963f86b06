import { z } from 'zod';
import { settingsSchema } from './settings.ts';

/** The `settings` part of the chart's values.schema.json: helm refuses a value that the controller would refuse. */
export function settingsJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(settingsSchema, { io: 'input', target: 'draft-7' });
  return schema;
}

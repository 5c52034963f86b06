/** Marks a zod default that only the parser fills in: it stays out of the custom resource definition, so that nothing is written into people's objects. */
export const PARSER_DEFAULT = { 'x-sluice-parser-default': true } as const;

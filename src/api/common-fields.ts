import { z } from 'zod';
import { withRules } from './cel.ts';

/** Name of an object, in the same namespace unless the kind is cluster scoped: no type has a namespace field (M4). */
export const nameSchema = z.string().min(1).max(253);

/** An object that Sluice does not read yet: kept whole, so that it is seen and refused as `Unsupported`, never dropped. */
export const opaqueSchema = z.looseObject({});

/** Labels or annotations of bounded number and size. */
export const labelsSchema = z.record(z.string().max(316), z.string().max(4096)).meta({ maxProperties: 64 });

/** Labels and annotations for objects that the controller makes. */
export const podMetadataSchema = z.object({ labels: labelsSchema.optional(), annotations: labelsSchema.optional() });

/** Rejects an address that carries a password, an option, or a transport helper (M5, M7, M11). */
export const repositoryUrlSchema = withRules(
  z.string().min(1).max(1024),
  {
    rule: "!self.matches('^[A-Za-z0-9+.-]+://[^/@]*:[^/@]*@')",
    message: 'url must hold no password; put user name and password into a Secret and name it in secretRef',
  },
  {
    rule: "!self.startsWith('-') && !self.contains('::')",
    message: 'url must be a plain https://, ssh:// or file:// address; options and transport helpers are refused',
  },
);

/** A directory in a repository: relative, and never upwards (M25). */
export const repositoryPathSchema = withRules(z.string().max(1024), {
  rule: "!self.startsWith('/') && !self.matches('(^|/)\\\\.\\\\.(/|$)')",
  message: "must be relative to the repository's root, without a leading / and without ..",
});

/** git check-ref-format, as far as it matters for a branch. */
export const NOT_A_BRANCH = '[^A-Za-z0-9_./+=@#%,-]|^[-/.]|[.][.]|//|/[.]|[/.]$|[.]lock$|^@$';

/** A branch, by its short name. */
export const branchSchema = withRules(z.string().min(1).max(253), {
  rule: `!self.matches('${NOT_A_BRANCH}')`,
  message: 'branch must be a branch name such as main or release/1.2',
});

/** RFC 3339, as Kubernetes writes times. */
export const timeSchema = z
  .string()
  .max(64)
  .regex(
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$/,
    'write a time as in 2026-01-31T12:00:00Z',
  )
  .meta({ format: 'date-time' });

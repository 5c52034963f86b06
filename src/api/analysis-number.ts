import { z } from 'zod';

const ARGUMENT = '\\{\\{ *args\\.[A-Za-z0-9_.-]+ *\\}\\}';

function numberOr(pattern: string, least: number): z.ZodType<number | string> {
  const remedy = `write a whole number of ${least} or more, or one argument such as "{{args.count}}"`;
  return z
    .union(
      [
        z.int().min(least),
        z
          .string()
          .max(300)
          .regex(new RegExp(`^(${pattern}|${ARGUMENT})$`), remedy),
      ],
      remedy,
    )
    .meta({ 'x-kubernetes-int-or-string': true });
}

/** A whole number, or one argument that holds one, as Argo Rollouts takes them: `"{{args.count}}"`. */
export const argNumberSchema = numberOr('[0-9]{1,9}', 0);

/** As {@link argNumberSchema}, with -1 for off. */
export const argLimitSchema = numberOr('-1|[0-9]{1,9}', -1);

const DURATION_REMEDY = 'write a duration such as 30s, 5m or 1h30m, whole seconds, or one argument such as "{{args.interval}}"';

/** A duration, whole seconds, or one argument that holds either. */
export const argDurationSchema = z
  .union(
    [
      z.int().min(0),
      z
        .string()
        .max(300)
        .regex(new RegExp(`^([0-9]+|([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+|${ARGUMENT})$`), DURATION_REMEDY),
    ],
    DURATION_REMEDY,
  )
  .meta({ 'x-kubernetes-int-or-string': true });

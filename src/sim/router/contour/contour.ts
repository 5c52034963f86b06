import { z } from 'zod';
import { HTTP_PROXY } from '../../../api/kinds.ts';
import { objectMetaSchema } from '../../../api/metadata.ts';
import type { AppliedRule } from '../applied-config.ts';
import { oneByOne, type SimulatedRouter } from '../simulated-router.ts';
import { CONTOUR_CRDS } from './contour-crds.ts';

const servicesSchema = z
  .array(z.looseObject({ name: z.string(), weight: z.int().min(0).default(0), mirror: z.boolean().default(false) }))
  .default([]);

const text = z.string().optional();
const conditionSchema = z.looseObject({
  prefix: text,
  exact: text,
  regex: text,
  header: z.looseObject({ name: z.string(), exact: text, contains: text, regex: text }).optional(),
});

const schema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({
    routes: z.array(z.looseObject({ conditions: z.array(conditionSchema).default([]), services: servicesSchema })).default([]),
    tcpproxy: z.looseObject({ services: servicesSchema }).optional(),
  }),
});

type Services = z.infer<typeof servicesSchema>;

/** Contour splits evenly when no Service of a route has a weight; a mirror takes no share. */
function backendsOf(services: Services): AppliedRule['backends'] {
  const sharing = services.filter((service) => !service.mirror);
  const even = sharing.every((service) => service.weight === 0);
  return sharing.map(({ name, weight }) => ({ service: name, weight: even ? 1 : weight }));
}

/** The conditions of a route as one text: `/shop x-tester=yes`; undefined for a route without any. */
function nameOf(conditions: readonly z.infer<typeof conditionSchema>[]): string | undefined {
  const parts = conditions.map(({ prefix, exact, regex, header }) => {
    const path = prefix ?? exact ?? regex ?? '';
    const value = header === undefined ? '' : `${header.name}=${header.exact ?? header.contains ?? header.regex ?? '*'}`;
    return `${path} ${value}`.trim();
  });
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** Contour: conditions of an HTTPProxy with the generation that they are about. */
export const CONTOUR: SimulatedRouter = {
  name: 'contour',
  kinds: [HTTP_PROXY],
  crds: CONTOUR_CRDS,
  serve: oneByOne([HTTP_PROXY], (object) => {
    const spec = schema.safeParse(object).data?.spec;
    if (spec === undefined) return undefined;
    const routes = spec.routes.map(({ conditions, services }) => ({ name: nameOf(conditions), backends: backendsOf(services) }));
    const { tcpproxy } = spec;
    return tcpproxy === undefined ? routes : [...routes, { name: 'tcpproxy', backends: backendsOf(tcpproxy.services) }];
  }),
  statusOf: (object, { missing, at }) => {
    const valid = missing.length === 0;
    const description = valid ? 'Valid HTTPProxy' : `unresolved service reference: service ${missing.join(', ')} not found`;
    const condition = {
      type: 'Valid',
      status: valid ? 'True' : 'False',
      reason: valid ? 'Valid' : 'ErrorPresent',
      message: description,
      observedGeneration: object.metadata.generation ?? 0,
      lastTransitionTime: at,
    };
    return { currentStatus: valid ? 'valid' : 'invalid', description, conditions: [condition] };
  },
};

import { z } from 'zod';
import { objectMetaSchema } from '../../../api/metadata.ts';

const destinationSchema = z.looseObject({
  destination: z.looseObject({ host: z.string(), subset: z.string().optional() }),
  weight: z.int().min(0).optional(),
});

const routeSchema = z.looseObject({ route: z.array(destinationSchema).optional() });

const text = z.string().optional();
const stringMatchSchema = z.looseObject({ exact: text, prefix: text, regex: text });
const httpMatchSchema = z.looseObject({
  uri: stringMatchSchema.optional(),
  method: stringMatchSchema.optional(),
  headers: z.record(z.string(), z.looseObject({})).optional(),
  ignoreUriCase: z.boolean().optional(),
});

const httpRouteSchema = routeSchema.extend({ name: z.string().optional(), match: z.array(httpMatchSchema).optional() });
const tlsRouteSchema = routeSchema.extend({
  match: z.array(z.looseObject({ port: z.int().optional(), sniHosts: z.array(z.string()).optional() })).optional(),
});
const tcpRouteSchema = routeSchema.extend({ match: z.array(z.looseObject({ port: z.int().optional() })).optional() });

/** The part of a VirtualService that splits traffic. */
export const virtualServiceSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z
    .looseObject({
      http: z.array(httpRouteSchema).optional(),
      tls: z.array(tlsRouteSchema).optional(),
      tcp: z.array(tcpRouteSchema).optional(),
    })
    .default({}),
});

/** The part of a DestinationRule that tells revisions apart. */
export const destinationRuleSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({
    host: z.string(),
    subsets: z.array(z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).optional() })).optional(),
  }),
});

export type VirtualServiceView = z.infer<typeof virtualServiceSchema>;
export type DestinationRuleView = z.infer<typeof destinationRuleSchema>;
export type Destination = z.infer<typeof destinationSchema>;
export type HttpRoute = z.infer<typeof httpRouteSchema>;
export type TlsRoute = z.infer<typeof tlsRouteSchema>;
export type TcpRoute = z.infer<typeof tcpRouteSchema>;

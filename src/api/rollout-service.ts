import { z } from 'zod';
import { withRules } from './cel.ts';

const REMEDY = 'write a port number from 1 to 65535, or the name of a port of the containers';

const portNumber = z.int().min(1).max(65_535);

/** As in Kubernetes: at most 15 lower-case letters, digits and dashes, with a letter among them. */
const PORT_NAME = /^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/;

const targetPortSchema = z
  .union([portNumber, z.string().max(15).regex(PORT_NAME, REMEDY)], REMEDY)
  .meta({ 'x-kubernetes-int-or-string': true });

const servicePortSchema = z.object({
  name: z.string().min(1).max(63).optional(),
  port: portNumber,
  targetPort: targetPortSchema.optional().describe('port when absent.'),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
  appProtocol: z.string().max(253).optional(),
});

/** What the Services look like that Sluice makes for the names in the strategy; those that exist are left as they are. */
export const serviceSchema = z.object({
  ports: withRules(z.array(servicePortSchema).min(1).max(16), {
    rule: 'self.size() == 1 || self.all(x, has(x.name) && self.exists_one(y, has(y.name) && y.name == x.name))',
    message: 'ports need a name each, and no name twice, when there are several; name them',
  }),
});

export type ServicePort = z.infer<typeof servicePortSchema>;

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { bringUp } from './bring-up.ts';
import type { LabFiles } from './lab-files.ts';
import { ALL_RUN_PARTS, withNeeds } from './run-parts.ts';
import type { Supervisor } from './supervisor.ts';

const partSchema = z.enum(ALL_RUN_PARTS);
const commandSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('status') }),
  z.object({ do: z.literal('start'), part: partSchema }),
  /** Also what they need, and what has to be in the cluster for them. */
  z.object({ do: z.literal('bring'), parts: z.array(partSchema) }),
  z.object({
    do: z.literal('stop'),
    part: partSchema,
    signal: z.enum(['SIGTERM', 'SIGKILL']),
  }),
  z.object({
    do: z.literal('signal'),
    part: partSchema,
    signal: z.enum(['SIGSTOP', 'SIGCONT']),
  }),
]);

const statusSchema = z.object({
  /** `starting`, `up`, or why it could not be brought up. */
  phase: z.enum(['starting', 'up', 'failed']),
  message: z.string(),
  /** Seconds that it took to come up. */
  seconds: z.number(),
  parts: z.array(z.object({ part: z.string(), pid: z.int().optional(), ended: z.string().optional() })),
});

export type LabCommand = z.infer<typeof commandSchema>;
export type LabStatus = z.infer<typeof statusSchema>;

async function obey(command: LabCommand, supervisor: Supervisor, files: LabFiles): Promise<void> {
  switch (command.do) {
    case 'status':
      return;
    case 'start':
      return supervisor.start(command.part);
    case 'bring':
      return bringUp(withNeeds(command.parts) ?? [], supervisor, files);
    case 'stop':
      return supervisor.stop(command.part, command.signal);
    case 'signal':
      return supervisor.signal(command.part, command.signal);
  }
}

interface Context {
  readonly files: LabFiles;
  readonly supervisor: Supervisor;
  readonly status: () => LabStatus;
}

async function handle(incoming: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  try {
    await obey(commandSchema.parse(JSON.parse(await text(incoming))), context.supervisor, context.files);
    response.end(JSON.stringify(context.status()));
  } catch (error) {
    response.writeHead(500).end(error instanceof Error ? error.message : String(error));
  }
}

/** Takes commands on the lab's Unix socket: whoever may enter the lab's directory may give them. */
export async function serveControl(files: LabFiles, supervisor: Supervisor, status: () => LabStatus): Promise<void> {
  const server = createServer((incoming, response) => void handle(incoming, response, { files, supervisor, status }));
  server.listen(files.control);
  await once(server, 'listening');
}

/** Gives the supervisor of a lab one command; answers the lab's state after it. */
export async function tellLab(files: LabFiles, command: LabCommand): Promise<LabStatus> {
  const call = request({ socketPath: files.control, method: 'POST', path: '/' });
  call.end(JSON.stringify(command));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(body);
  return statusSchema.parse(JSON.parse(body));
}

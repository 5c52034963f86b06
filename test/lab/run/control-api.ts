import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { LabFiles } from './lab-files.ts';
import { RUN_PARTS, type RunPart } from './run-parts.ts';
import type { Supervisor } from './supervisor.ts';

const commandSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('status') }),
  z.object({ do: z.literal('start'), part: z.enum(Object.keys(RUN_PARTS) as [RunPart, ...RunPart[]]) }),
  z.object({
    do: z.literal('stop'),
    part: z.enum(Object.keys(RUN_PARTS) as [RunPart, ...RunPart[]]),
    signal: z.enum(['SIGTERM', 'SIGKILL']),
  }),
  z.object({
    do: z.literal('signal'),
    part: z.enum(Object.keys(RUN_PARTS) as [RunPart, ...RunPart[]]),
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

async function obey(command: LabCommand, supervisor: Supervisor): Promise<void> {
  switch (command.do) {
    case 'status':
      return;
    case 'start':
      return supervisor.start(command.part);
    case 'stop':
      return supervisor.stop(command.part, command.signal);
    case 'signal':
      return supervisor.signal(command.part, command.signal);
  }
}

async function handle(incoming: IncomingMessage, response: ServerResponse, supervisor: Supervisor, status: () => LabStatus): Promise<void> {
  try {
    await obey(commandSchema.parse(JSON.parse(await text(incoming))), supervisor);
    response.end(JSON.stringify(status()));
  } catch (error) {
    response.writeHead(500).end(error instanceof Error ? error.message : String(error));
  }
}

/** Takes commands on the lab's Unix socket: whoever may enter the lab's directory may give them. */
export async function serveControl(files: LabFiles, supervisor: Supervisor, status: () => LabStatus): Promise<void> {
  const server = createServer((incoming, response) => void handle(incoming, response, supervisor, status));
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

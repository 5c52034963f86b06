import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { ADDRESSES } from '../../run/addresses.ts';
import { giteaRepository, giteaToken } from '../../run/gitea.ts';
import type { LabFiles } from '../../run/lab-files.ts';
import { type GitRemote, openGitRemote } from './git-remote.ts';

/** Of the people and the bot in the lab's forge. */
export const FORGE_PASSWORD = 'lab-only-1';
/** Reads and writes repositories, and nothing else. */
const SCOPES = ['write:repository'];
const tokenSchema = z.object({ sha1: z.string() });

/** A private repository of a real forge, with a person who pushes to it and a bot that Sluice acts as. */
export interface ForgeProject {
  readonly remote: GitRemote;
  readonly person: string;
  readonly bot: string;
  /** From now on only these may push to the branch. */
  protect(pushers: readonly string[]): Promise<void>;
  /** Calls this address with a signed body at each push. */
  hook(url: string, secret: string): Promise<void>;
  close(): Promise<void>;
}

/** Makes the repository and its two users; the bot has a token, as a machine user has. */
export async function createForgeProject(lab: LabFiles, prefix: string): Promise<ForgeProject> {
  const dispatcher = new Agent({ connect: { ca: readFileSync(lab.authority) } });
  const id = randomBytes(3).toString('hex');
  const [person, bot, name] = [`dana-${id}`, `bot-${id}`, `${prefix}-${id}`];
  const call = async (
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body: unknown,
    authorization = `token ${giteaToken(lab)}`,
  ): Promise<unknown> => {
    const headers = { authorization, 'content-type': 'application/json' };
    const reply = await request(`${ADDRESSES.gitea}/api/v1/${path}`, { method, headers, body: JSON.stringify(body), dispatcher });
    const text = await reply.body.text();
    if (reply.statusCode >= 300) throw new Error(`${method} ${path}: ${reply.statusCode} ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  for (const username of [person, bot])
    await call('POST', 'admin/users', {
      username,
      password: FORGE_PASSWORD,
      email: `${username}@lab.invalid`,
      must_change_password: false,
    });
  await call('POST', `admin/users/${person}/repos`, { name, private: true, default_branch: 'main' });
  await call('PUT', `repos/${person}/${name}/collaborators/${bot}`, { permission: 'write' });
  const asBot = `Basic ${Buffer.from(`${bot}:${FORGE_PASSWORD}`).toString('base64')}`;
  const { sha1: token } = tokenSchema.parse(await call('POST', `users/${bot}/tokens`, { name: 'sluice', scopes: SCOPES }, asBot));
  const remote = await openGitRemote(lab, {
    bare: giteaRepository(lab, person, name),
    url: `${ADDRESSES.gitea}/${person}/${name}.git`,
    credential: { username: bot, password: token },
    user: { name: person, password: FORGE_PASSWORD },
  });
  return {
    remote,
    person,
    bot,
    protect: async (pushers) => {
      const rule = { rule_name: 'main', enable_push: true, enable_push_whitelist: true, push_whitelist_usernames: pushers };
      await call('POST', `repos/${person}/${name}/branch_protections`, rule);
    },
    hook: async (url, secret) => {
      const config = { url, secret, content_type: 'json' };
      await call('POST', `repos/${person}/${name}/hooks`, { type: 'gitea', active: true, events: ['push'], config });
    },
    close: () => dispatcher.close(),
  };
}

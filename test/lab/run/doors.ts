import path from 'node:path';
import { ADDRESSES, portOf } from './addresses.ts';
import type { LabFiles } from './lab-files.ts';
import { relayFromSocket, relayToSocket } from './relay.ts';

/** What a person outside of the lab may want to look at. */
export const DOORS = {
  apiServer: ADDRESSES.apiServer,
  prometheus: ADDRESSES.prometheus,
  gateway: ADDRESSES.gateway,
  gitea: ADDRESSES.gitea,
};

export type Door = keyof typeof DOORS;

const NAMES = Object.keys(DOORS) as readonly Door[];

function socketOf(files: LabFiles, door: Door): string {
  return path.join(files.directory, `door-${door}.sock`);
}

/** Outside of the lab: opens a port for each of them; answers the addresses. They lead somewhere once the inside is open too. */
export async function openDoorsOutside(files: LabFiles): Promise<Readonly<Record<Door, string>>> {
  const open = async (door: Door): Promise<readonly [Door, string]> => {
    const address = new URL(DOORS[door]);
    address.port = String(await relayToSocket(portOf(DOORS[door]), socketOf(files, door)));
    return [door, address.origin];
  };
  return Object.fromEntries(await Promise.all(NAMES.map(open))) as Record<Door, string>;
}

/** Inside of the lab: the other side of the same doors. */
export async function openDoorsInside(files: LabFiles): Promise<void> {
  await Promise.all(NAMES.map((door) => relayFromSocket(socketOf(files, door), portOf(DOORS[door]))));
}

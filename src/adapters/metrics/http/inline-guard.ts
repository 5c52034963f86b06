import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { type FailedReply, failure } from '../failure.ts';

/** One address that a name stands for. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** What a name stands for, asked once. */
export type ResolveName = (host: string) => Promise<readonly ResolvedAddress[]>;

type Range = readonly [net: string, prefix: number, family: 'ipv4' | 'ipv6'];

/** Where no metric endpoint of a template may ever be: this machine, its links, groups of machines, and the metadata services of clouds. */
const NEVER: readonly Range[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['100.100.100.200', 32, 'ipv4'],
  ['168.63.129.16', 32, 'ipv4'],
  ['192.0.0.192', 32, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  ['fd00:ec2::', 32, 'ipv6'],
];

/** Inside somebody's network, or on the way into one; only for hosts that the platform team lists. */
const PRIVATE: readonly Range[] = [
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
];

/** IPv6 ranges that carry an IPv4 address, which is the one that counts: translated (NAT64), tunnelled (6to4, Teredo), and the old compatible form. */
const CARRIES_IPV4: readonly Range[] = [
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['2001::', 32, 'ipv6'],
  ['::', 96, 'ipv6'],
];

function blockList(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix, family] of ranges) list.addSubnet(net, prefix, family);
  return list;
}

const NEVER_LIST = blockList([...NEVER, ...CARRIES_IPV4]);
const PRIVATE_LIST = blockList(PRIVATE);

/** Node's lists hold the rules for IPv4 against `::ffff:a.b.c.d` too. */
function isIn(list: BlockList, { address, family }: ResolvedAddress): boolean {
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Asks the system's resolver, as any program on this machine would. */
export const resolveBySystem: ResolveName = async (host) => {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

export interface InlineGuardOptions {
  readonly resolve: ResolveName;
  /** Hosts, with or without a port, that may lie inside the cluster and speak plain http. */
  readonly allowedHosts: readonly string[];
}

/** Where the connection goes, or why there is none. */
export type CheckedAddress = ResolvedAddress | FailedReply;

function refused(why: string): FailedReply {
  return failure('address_refused', `the address in the template is refused: ${why}; name a MetricProvider instead`, false);
}

function isAllowed(url: URL, allowed: readonly string[]): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return allowed.some((one) => one.toLowerCase() === url.hostname || one.toLowerCase() === `${url.hostname}:${port}`);
}

/** The addresses behind the host of a URL; a literal stands for itself. */
async function addressesOf(host: string, resolve: ResolveName): Promise<readonly ResolvedAddress[]> {
  const literal = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(literal);
  if (family === 0) return resolve(literal);
  return [{ address: literal, family: family === 6 ? 6 : 4 }];
}

/**
 * Decides where a request to an address out of a template may go: https to the public network, or a host that the platform team lists; never this machine,
 * a link, a group or a metadata service. The name is resolved once and the connection has to go to the address that comes back, so that a name that answers
 * differently the second time gains nothing (M1). Every address behind a name must be in order, not one of them.
 */
export function createInlineGuard(options: InlineGuardOptions): (url: URL) => Promise<CheckedAddress> {
  return async (url) => {
    const listed = isAllowed(url, options.allowedHosts);
    if (url.protocol !== 'https:' && !listed) return refused('it is not https');
    let addresses: readonly ResolvedAddress[];
    try {
      addresses = await addressesOf(url.hostname, options.resolve);
    } catch {
      return failure('unreachable', 'the name in the address of the template cannot be resolved: check it', true);
    }
    const [first] = addresses;
    if (first === undefined) return failure('unreachable', 'the name in the address of the template stands for no address: check it', true);
    if (addresses.some((one) => isIn(NEVER_LIST, one)))
      return refused('it leads to this machine, a link, a group of machines or a metadata service');
    if (!listed && addresses.some((one) => isIn(PRIVATE_LIST, one))) return refused('it leads into a private network');
    return first;
  };
}

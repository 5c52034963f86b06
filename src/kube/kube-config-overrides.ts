import type { Cluster, User } from '@kubernetes/client-node';
import type { Impersonation } from './impersonation.ts';

/** A kubeconfig's user; client-node knows only `as` of whom it acts as. */
export interface KnownUser extends User {
  readonly actsAs?: { readonly [P in keyof Impersonation]: Impersonation[P] | undefined } | undefined;
}

/** What a command line says in place of the kubeconfig, under the names of kubectl's flags. */
export interface KubeConfigOverrides {
  /** Name of a cluster and of a user in the kubeconfig, in place of those of the context. */
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly server?: string | undefined;
  readonly certificateAuthority?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly tlsServerName?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly as?: string | undefined;
  readonly asUid?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
}

/**
 * The cluster with the flags in place of its fields, as kubectl merges them: a CA or leave to trust anybody replaces all that is said of trust, and another
 * server has the name that the flag gives it, or its own.
 */
export function overrideCluster(cluster: Cluster, flags: KubeConfigOverrides): Cluster {
  const { server, certificateAuthority, insecureSkipTlsVerify, tlsServerName } = flags;
  const { caData, caFile, skipTLSVerify, tlsServerName: named, ...rest } = cluster;
  const trust =
    certificateAuthority === undefined && insecureSkipTlsVerify !== true
      ? { skipTLSVerify, ...(caData === undefined ? {} : { caData }), ...(caFile === undefined ? {} : { caFile }) }
      : { skipTLSVerify: insecureSkipTlsVerify === true, ...(certificateAuthority === undefined ? {} : { caFile: certificateAuthority }) };
  const name = tlsServerName ?? (server === undefined ? named : undefined);
  return { ...rest, ...trust, server: server ?? cluster.server, ...(name === undefined ? {} : { tlsServerName: name }) };
}

/** The user with the flags in place of its fields; each part of an impersonation replaces its own. */
export function overrideUser(user: KnownUser, flags: KubeConfigOverrides): KnownUser {
  const { clientCertificate, clientKey, as, asUid, asGroup } = flags;
  return {
    ...user,
    // A file counts before what the kubeconfig holds itself.
    ...(clientCertificate === undefined ? {} : { certFile: clientCertificate }),
    ...(clientKey === undefined ? {} : { keyFile: clientKey }),
    actsAs: {
      user: as ?? user.actsAs?.user,
      uid: asUid ?? user.actsAs?.uid,
      groups: asGroup ?? user.actsAs?.groups,
      extra: user.actsAs?.extra,
    },
  };
}

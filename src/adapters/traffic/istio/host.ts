/**
 * The Service of this namespace that an Istio host means: `web`, `web.shop`, `web.shop.svc` or `web.shop.svc.<cluster domain>`. Undefined for any other host.
 * Istio completes a short name with the namespace of the object that holds it, which is the Rollout's.
 */
export function localService(host: string, namespace: string): string | undefined {
  const [name = '', inNamespace = namespace, svc = 'svc'] = host.split('.');
  return inNamespace === namespace && svc === 'svc' ? name : undefined;
}

/** Whether two hosts mean the same, in whatever form each is written. */
export function sameHost(left: string, right: string, namespace: string): boolean {
  return left === right || (localService(left, namespace) ?? left) === (localService(right, namespace) ?? right);
}

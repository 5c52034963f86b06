import { theLab } from './the-lab.ts';

/** An administrator's kubeconfig: of the cluster that LAB_KUBECONFIG names, else of the lab. */
export function kubeconfigOfTest(): string {
  const named = process.env['LAB_KUBECONFIG'];
  return named === undefined || named === '' ? theLab().kubeconfig : named;
}

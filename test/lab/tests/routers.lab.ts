import { randomBytes } from 'node:crypto';
import { after, before, describe } from 'node:test';
import { createTrafficRouters } from '../../../src/adapters/traffic/traffic-routers.ts';
import { ROLLOUT } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import { ownCrds } from '../../../src/api/own-crds.ts';
import { CONTOUR_CRDS } from '../../../src/sim/router/contour/contour-crds.ts';
import { ISTIO_CRDS } from '../../../src/sim/router/istio/istio-crds.ts';
import { TRAEFIK_CRDS } from '../../../src/sim/router/traefik/traefik-crds.ts';
import { CONTOUR_FIXTURE, CONTOUR_TCP_FIXTURE } from '../../traffic/contour-fixture.ts';
import { GENERATED_FIXTURE, GRPC_FIXTURE, HTTP_FIXTURE } from '../../traffic/gateway-api-fixture.ts';
import { ISTIO_HOSTS_FIXTURE, ISTIO_SUBSETS_FIXTURE } from '../../traffic/istio-fixture.ts';
import { NGINX_FIXTURE, NGINX_SEVERAL_FIXTURE } from '../../traffic/nginx-fixture.ts';
import { describeRouterContract } from '../../traffic/router-contract.ts';
import type { RouterFixture } from '../../traffic/router-fixture.ts';
import { clusterWorld } from '../../traffic/router-world.ts';
import { TRAEFIK_FIXTURE } from '../../traffic/traefik-fixture.ts';
import { installCrds } from '../run/furnish.ts';
import { type Connection, connect } from '../run/lab-cluster.ts';
import { kubeconfigOfTest } from './support/kubeconfig-of-test.ts';
import { moduleCrds } from './support/module-crds.ts';
import { untilListed } from './support/until-listed.ts';

/** The definitions that their projects publish where the lab has their source, our cut-down ones elsewhere: the title says which. */
interface Definitions {
  readonly crds: readonly KubeObject[];
  readonly whose: string;
}

async function definitions(published: Promise<readonly KubeObject[] | undefined>, ours: readonly KubeObject[]): Promise<Definitions> {
  const found = await published;
  return found === undefined ? { crds: ours, whose: 'our definitions' } : { crds: found, whose: 'the published definitions' };
}

const TRAEFIK = await definitions(
  moduleCrds('traefik', 'github.com/traefik/traefik/v3', 'docs/content/reference/dynamic-configuration/traefik.io_traefikservices.yaml'),
  TRAEFIK_CRDS,
);
const CONTOUR = await definitions(
  moduleCrds('contour', 'github.com/projectcontour/contour', 'examples/contour/01-crds.yaml'),
  CONTOUR_CRDS,
);
const ISTIO: Definitions = { crds: ISTIO_CRDS, whose: 'our definitions' };
/** The lab's Traefik has brought them. */
const GATEWAY_API: Definitions = { crds: [], whose: 'the published definitions' };
const BUILT_IN: Definitions = { crds: [], whose: 'the built-in kind' };

describe('traffic routers on a real API server', () => {
  let connection: Connection;
  before(async () => {
    connection = connect(kubeconfigOfTest(), `routers/${randomBytes(4).toString('hex')}`);
    await installCrds(connection.cluster, [...ownCrds(), ...TRAEFIK.crds, ...CONTOUR.crds, ...ISTIO.crds]);
    await untilListed(connection.cluster, [ROLLOUT, ...createTrafficRouters().kinds]);
  });
  after(() => connection.close());

  function describeRouter<Config>(fixture: RouterFixture<Config>, { whose }: Definitions): void {
    describeRouterContract(fixture, `a real API server with ${whose}`, (rollout) =>
      clusterWorld(connection.cluster, rollout, fixture.router.kinds),
    );
  }

  describeRouter(HTTP_FIXTURE, GATEWAY_API);
  describeRouter(GRPC_FIXTURE, GATEWAY_API);
  describeRouter(GENERATED_FIXTURE, GATEWAY_API);
  describeRouter(NGINX_FIXTURE, BUILT_IN);
  describeRouter(NGINX_SEVERAL_FIXTURE, BUILT_IN);
  describeRouter(TRAEFIK_FIXTURE, TRAEFIK);
  describeRouter(CONTOUR_FIXTURE, CONTOUR);
  describeRouter(CONTOUR_TCP_FIXTURE, CONTOUR);
  describeRouter(ISTIO_HOSTS_FIXTURE, ISTIO);
  describeRouter(ISTIO_SUBSETS_FIXTURE, ISTIO);
});

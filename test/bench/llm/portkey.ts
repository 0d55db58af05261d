/** Portkey's gateway from npm, which the benchmark installs for itself: the project does not depend on it. */
import { join } from 'node:path';
import { findFreePort } from '../../../local/ports.ts';
import { installPeer, startPeer, type Peer } from '../peers.ts';

const PORTKEY = {
  name: '@portkey-ai/gateway',
  version: '1.15.2',
  installLimitMs: 60_000,
  // With @hono/node-server from 1.14 on, which its range allows, it answers 500 to every stream.
  overrides: { '@hono/node-server': '1.13.8', hono: '4.9.7' },
};

/** @throws {Error} where it cannot be installed, as without a network, or does not start */
export async function startPortkey(): Promise<Peer> {
  const script = join(await installPeer(PORTKEY), `node_modules/${PORTKEY.name}/build/start-server.js`);
  const port = await findFreePort();
  return startPeer({
    name: `Portkey ${PORTKEY.version}`,
    port,
    args: [script, `--port=${port}`, '--headless'],
    startLimitMs: 15_000,
    answers: async (origin) => (await fetch(origin)).ok,
  });
}

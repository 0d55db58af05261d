/** DBOS from npm, which the benchmark installs for itself. */
import { join } from 'node:path';
import { findFreePort } from '../../../local/ports.ts';
import { installPeer, startPeer } from '../peers.ts';
import { STEPS } from './chain.ts';
import { askForResult, post, type Engine } from './engines.ts';
import { countIn, createDatabase } from './store.ts';

const DBOS = { name: '@dbos-inc/dbos-sdk', version: '5.3.0', installLimitMs: 120_000 };

/** Runs that have succeeded and have each of their steps. */
const STORED = `from dbos.workflow_status w where w.status = 'SUCCESS'
  and (select count(*) from dbos.operation_outputs o where o.workflow_uuid = w.workflow_uuid) = ${STEPS}`;

/** @throws {Error} where it cannot be installed, as without a network, or does not start */
export async function startDbos(databaseUrl: string): Promise<Engine> {
  const folder = await installPeer(DBOS);
  const url = await createDatabase(databaseUrl, 'dbos');
  const port = await findFreePort();
  const path = '/chain';
  const peer = await startPeer({
    name: `DBOS ${DBOS.version}`,
    port,
    args: [join(import.meta.dirname, 'dbos-server.ts'), folder, url, String(port)],
    startLimitMs: 60_000,
    answers: (origin) => askForResult(origin + path),
  });
  return {
    name: peer.name,
    route: post(peer.origin, path),
    countStored: () => countIn(url, STORED),
    stop: peer.stop,
  };
}

import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import worker from '../../local/worker.ts';
import { createClient, type Client } from './api.ts';

/** A database that nobody answers for. */
export const AWAY = 'postgres://nobody:secret-of-the-database@db.invalid:5432/nothing';

/** A client of a Worker whose variables and bindings differ in these; nothing of it is shared with any other. */
export function apiWith(differences: Record<string, unknown>): Client {
  const environment = { ...env, ...differences };
  return createClient(async (request) => worker.fetch(request as never, environment, createExecutionContext()));
}

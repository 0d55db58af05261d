import { expect } from 'vitest';
import type { Client } from './api.ts';

export const ROUTES = '/api/v1/llm/routes';

export type Target = { provider: string; model: string; weight?: number };

export const SMALL: Target = { provider: 'local', model: 'local-small' };

/** A name that no other route has. */
export const newName = () => `r${crypto.randomUUID().slice(0, 8)}`;

/** Makes a route, which calls the local model where nothing else is said. */
export async function createRoute(by: Client, fields: object = {}) {
  const { status, body } = await by.post(ROUTES, {
    name: newName(),
    strategy: 'fallback',
    targets: [SMALL],
    ...fields,
  });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}

/** Adds a model to the catalogue that the stub answers for. */
export async function createModel(admin: Client, fields: object = {}): Promise<Target & { id: string }> {
  const name = `routed-${crypto.randomUUID()}`;
  const prices = { cost_per_token_input: '0.000001', cost_per_token_output: '0.000002' };
  const model = { provider: 'local', name, max_tokens_supported: 4096, ...prices, ...fields };
  const { status, body } = await admin.post('/api/v1/llm/catalog', model);
  expect({ status, body }).toMatchObject({ status: 200 });
  return { id: body.id, provider: body.provider, model: name };
}

export const targetOf = ({ provider, model }: Target): Target => ({ provider, model });

/** What a route would do with a request. */
export async function dryRun(by: Client, rules: object, request: object) {
  const { status, body } = await by.post(`${ROUTES}/dry-run`, { ...rules, request });
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
}

export const modelsOf = (list: { model: string }[]) => list.map(({ model }) => model);

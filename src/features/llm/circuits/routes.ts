import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../http/endpoint.ts';
import { json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Circuit } from './schemas.ts';
import { listCircuits } from './service.ts';

export const circuitsRouter = createRouter();

circuitsRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/llm/circuits',
    operationId: 'listCircuits',
    summary: 'List the circuit breakers of models',
    description:
      'Each model at each provider has one, which opens when at least half of its calls of a minute fail; while it is ' +
      'open, calls go on to the next model of their route, or fail at once. Those that never opened are not listed.',
    tag: 'LLM',
    access: 'llm:invoke',
    responses: { 200: json('Circuits, those that changed last first.', z.array(Circuit)) },
  }),
  async (c) => c.json(await listCircuits(c.var.ctx), 200),
);

/** The ways to one and the same provider, each as its own clients take it. */
import type { Authorization } from '../members.ts';
import type { Route } from '../load.ts';

export interface Gateway {
  name: string;
  /** What ends a complete stream. */
  end: string;
  route: Omit<Route, 'body'>;
  /** What it leaves to be done after its answers, which belongs to none of the others. */
  drain(): Promise<void>;
}

/** Where ours is called. */
const OWN_PATH = '/api/v1/llm/chat';
const OWN_END = 'event: done';

const JSON_BODY = { 'Content-Type': 'application/json' };
const COMPLETIONS = { method: 'POST', path: '/v1/chat/completions' } as const;
const nothing = async () => {};

export const direct = (model: string): Gateway => ({
  name: 'direct',
  end: '[DONE]',
  route: { ...COMPLETIONS, origin: new URL(model).origin, headers: JSON_BODY },
  drain: nothing,
});

/** The least that a Worker can do: it passes on. */
export const bareProxy = (origin: string): Gateway => ({
  name: 'bare proxy',
  end: '[DONE]',
  route: { ...COMPLETIONS, origin, headers: JSON_BODY },
  drain: nothing,
});

export const portkey = (name: string, origin: string, model: string): Gateway => ({
  name,
  end: '[DONE]',
  route: {
    ...COMPLETIONS,
    origin,
    headers: {
      ...JSON_BODY,
      Authorization: 'Bearer x',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': model,
    },
  },
  drain: nothing,
});

export const own = (origin: string, authorization: Authorization, drain: () => Promise<void>): Gateway => ({
  name: 'SynapScale',
  end: OWN_END,
  route: { method: 'POST', path: OWN_PATH, origin, headers: { ...JSON_BODY, ...authorization } },
  drain,
});

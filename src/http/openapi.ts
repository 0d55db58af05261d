import type { OpenAPIHono } from '@hono/zod-openapi';
import { API_VERSION } from '../core/version.ts';
import type { AppEnv } from './app-env.ts';
import { completeAnswers, type Document } from './openapi-answers.ts';
import { TAGS } from './tags.ts';

const DESCRIPTION = `AI automation as an HTTP API: accounts, workspaces, workflows and their executions, and one gateway to
language models, with its catalogue and the records of its use.

- **Credentials**: a bearer token from \`POST /api/v1/auth/login\` or \`POST /api/v1/auth/tokens\`, or e-mail and password
  by HTTP Basic.
- **Workspace**: \`X-Workspace-Id\` selects it; without the header it is the personal one.
- **Errors**: \`application/problem+json\` (RFC 9457), in English or Brazilian Portuguese by \`Accept-Language\`; under \`/v1\` in OpenAI's form.
- **Lists**: \`limit\` and \`cursor\`; the next cursor is in the body or in \`X-Next-Cursor\`.

A trailing slash makes no difference.`;

const HEAD = {
  openapi: '3.1.0',
  info: {
    title: 'SynapScale API',
    version: API_VERSION,
    description: DESCRIPTION,
    license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    contact: { name: 'SynapScale', url: 'https://synapscale.example/support' },
  },
  servers: [{ url: '/', description: 'This host.' }],
};

/** The OpenAPI 3.1 document of every route that the app describes. Takes some 0.3 s: it is built, not served. */
export function describeApi(app: OpenAPIHono<AppEnv>): object {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description:
      'The access token of a session (a JWT), or a personal access token (`syn_pat_` and 36 characters). What a ' +
      'personal access token may do is the part of its creator’s role that it has as scopes, in its own workspace.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'basic', {
    type: 'http',
    scheme: 'basic',
    description: 'E-mail or user name, and password.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'queryToken', {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description: 'The access token of a session, for older clients: it shows in histories and logs. Prefer a ticket.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'ticket', {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description:
      'A ticket from `POST /api/v1/ws/tickets`, for browsers that cannot set headers on a WebSocket or an EventSource.',
  });
  const document = completeAnswers(app.getOpenAPI31Document(HEAD) as Document);
  return { ...document, components: sortKeys(document.components), tags: describeTags(document) };
}

/** The order of components is that of their first use; sorted, a new operation moves nothing else. */
function sortKeys(components: Document['components'] = {}): object {
  const sorted = Object.entries(components).map(([kind, named]) => [
    kind,
    Object.fromEntries(Object.entries(named).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  ]);
  return Object.fromEntries(sorted);
}

function describeTags({ paths }: Document): { name: string; description?: string }[] {
  const operations = Object.values(paths ?? {}).flatMap((item) => Object.values(item)) as { tags?: string[] }[];
  const used = new Set(operations.flatMap((operation) => operation.tags ?? []));
  const known = Object.entries(TAGS).map(([name, description]) => ({ name, description }));
  return known.filter(({ name }) => used.has(name));
}

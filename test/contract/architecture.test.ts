import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findViolations, httpFaults, importsOf, type SourceFile } from './architecture-rules.ts';

const SRC = join(import.meta.dirname, '../../src');

const SOURCE: SourceFile[] = globSync('**/*.ts', { cwd: SRC }).map((path) => ({
  path,
  text: readFileSync(join(SRC, path), 'utf8'),
}));

/** Files of which every one breaks a rule, and what the rule says. */
const BAD_SAMPLES: [path: string, text: string, complaint: RegExp][] = [
  ['core/a.ts', `import { createDatabase } from '../db/client.ts';`, /direction of the rooms/],
  ['core/a.ts', `import type { Ctx } from '../context.ts';`, /direction of the rooms/],
  ['core/a.ts', `export * from '../http/router.ts';`, /direction of the rooms/],
  ['db/a.ts', `const a = await import('../platform/cache/kv.ts');`, /direction of the rooms/],
  ['http/a.ts', `import {\n  systemRouter,\n} from '../features/system/index.ts';`, /direction of the rooms/],
  ['features/llm/a.ts', `import { HANDLERS } from '../../jobs/handlers.ts';`, /direction of the rooms/],
  ['jobs/a.ts', `import { createApp } from '../app.ts';`, /direction of the rooms/],
  ['platform/cache/a.ts', `import { users } from '../../db/schema/index.ts';`, /platform must not know/],
  ['platform/cache/a.ts', `import { JOBS } from '../queue/catalog.ts';`, /a sibling/],
  ['jobs/a.ts', `import { endpoint } from '../http/endpoint.ts';`, /jobs must not know/],
  ['features/auth/a.ts', `import { listUsageLogs } from '../usage/index.ts';`, /order of the features/],
  ['features/llm/a.ts', `import { selectUsage } from '../usage/queries.ts';`, /past the door/],
  ['jobs/a.ts', `import { settle } from '../features/llm/service/settle.ts';`, /past the door/],
  ['features/llm/routes.ts', `import { findCall } from './queries.ts';`, /past the service/],
  ['features/llm/queries.ts', `import { startCall } from './service/call.ts';`, /direction of the layers/],
  ['features/llm/service/call.ts', `import { llmRouter } from '../routes.ts';`, /direction of the layers/],
  ['features/llm/service.ts', `import { json } from '../../http/respond.ts';`, /is HTTP/],
  ['features/llm/queries.ts', `import type { Context } from 'hono';`, /is HTTP/],
  ['features/llm/service.ts', `import { eq } from 'drizzle-orm';`, /not for it/],
  ['http/a.ts', `import { sql } from 'drizzle-orm';`, /not for it/],
  ['core/a.ts', `import { Hono } from 'hono';`, /not for it/],
  ['features/llm/a.ts', `import OpenAI from 'openai';`, /not for it/],
  ['features/llm/a.ts', `import { env } from 'cloudflare:workers';`, /not for it/],
  ['features/llm/a.ts', `import { LlmStream } from './stream.do.ts';`, /Durable Object, at run time/],
  ['core/a.ts', `import { DEMO } from '../../local/demo.ts';`, /outside of src/],
  ['core/a.ts', `import { sql } from '../../test/helpers/database.ts';`, /outside of src/],
  ['core/a.ts', `import { fill } from './locale';`, /without its extension/],
  ['core/utils.ts', '', /says nothing/],
  ['core/camelCase.ts', '', /kebab-case/],
  ['core/a.ts', '\n'.repeat(401), /401 lines/],
  ['lib/a.ts', '', /no room/],
  ['features/surprise/a.ts', '', /no place in the order/],
];

const check = (files: SourceFile[]) => [...findViolations(files), ...httpFaults(files)];

describe('the rules', () => {
  test.each(BAD_SAMPLES)('%s: %j is refused', (path, text, complaint) => {
    expect(check([{ path, text }]).join('\n')).toMatch(complaint);
  });

  test('let through what the design allows', () => {
    const text = `import type { Channel } from './channel.do.ts';\nimport { type A, type B } from './channel.do.ts';`;
    expect(check([{ path: 'platform/realtime/channels.ts', text }])).toEqual([]);
  });

  test('see every form of import', () => {
    const text = [
      `import a from './a.ts';`,
      `import type { B } from './b.ts';`,
      `import {\n  c,\n  d,\n} from './c.ts';`,
      `import './e.ts';`,
      `export { f } from './f.ts';`,
      `export * from './g.ts';`,
      `const h = () => import('./h.ts');`,
      `import { type I, type J } from './i.ts';`,
      `import { type K, l } from './k.ts';`,
    ].join('\n');
    const found = importsOf(text).map(({ specifier, isType }) => `${specifier}${isType ? ' type' : ''}`);
    expect(found.toSorted()).toEqual([
      './a.ts',
      './b.ts type',
      './c.ts',
      './e.ts',
      './f.ts',
      './g.ts',
      './h.ts',
      './i.ts type',
      './k.ts',
    ]);
  });
});

describe('the source', () => {
  test('is read', () => {
    expect(SOURCE.length).toBeGreaterThan(60);
    expect(SOURCE.flatMap(({ text }) => importsOf(text)).length).toBeGreaterThan(200);
  });

  test('keeps the rules', () => {
    expect(check(SOURCE)).toEqual([]);
  });
});

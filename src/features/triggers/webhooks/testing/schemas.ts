import { z } from '@hono/zod-openapi';
import { DateTime, Uuid } from '../../../../http/schemas.ts';
import { JsonMap } from '../../../executions/index.ts';

export const TestSessionRequest = z
  .object({
    minutes: z.number().int().min(1).max(120).default(15).openapi({ description: 'How long it is open.', example: 15 }),
    run: z.boolean().default(false).openapi({
      description: 'Whether a call that is found to be authentic has the latest version run, with `metadata.test`.',
    }),
  })
  .openapi('TestSessionRequest');

export type TestSessionRequest = z.infer<typeof TestSessionRequest>;

export const TestSession = z
  .object({
    path: z.string().openapi({ description: 'Where to send test calls.', example: '/api/v1/hooks/Yh6m0c9s/test' }),
    runs: z.boolean().openapi({ description: 'Whether they have the latest version run.' }),
    expires_at: DateTime,
  })
  .openapi('TestSession');

export type TestSession = z.infer<typeof TestSession>;

export const HookTest = z
  .object({
    accepted: z.boolean().openapi({ description: 'Whether it would be taken as a real call.' }),
    reason: z.string().nullable().openapi({
      description: 'Why not: the code of the problem that a real call would be answered with.',
      example: null,
    }),
    explanation: z.string().nullable().openapi({ description: 'The same in words.', example: null }),
    authentic: z.boolean().nullable().openapi({ description: 'Whether it was signed as it should; null if not read.' }),
    signature: z
      .object({
        scheme: z.string().openapi({ example: 'standard' }),
        fault: z.enum(['signature_missing', 'signature_invalid', 'timestamp_invalid', 'timestamp_stale']).nullable(),
        by_former_secret: z.boolean().openapi({ description: 'Whether by a secret that has been replaced.' }),
        sent_at: DateTime.nullable().openapi({ description: 'When, as its sender has signed.' }),
        age_seconds: z.number().nullable().openapi({ description: 'How long ago that is.', example: 1.5 }),
        window_seconds: z.number().int().openapi({ description: 'How far it may be off.', example: 300 }),
      })
      .openapi('HookSignatureFinding'),
    delivery_id: z.string().nullable().openapi({ description: 'Which message it is.', example: 'evt_1' }),
    input: JsonMap.nullable().openapi({
      description: 'What the workflow would be given; null where the body cannot be read.',
      example: { method: 'POST', body: {} },
    }),
    would_start: z
      .object({
        workflow_id: Uuid,
        workflow_version: z
          .number()
          .int()
          .nullable()
          .openapi({ description: 'Null for the one that runs where none is named.' }),
        priority: z.number().int().openapi({ example: 5 }),
        timeout_seconds: z.number().int().nullable().openapi({ example: 3600 }),
      })
      .openapi('HookWouldStart'),
    execution_id: Uuid.nullable().openapi({ description: 'The test execution that it has started, where it did.' }),
  })
  .openapi('HookTest', { description: 'What was found of a test call.' });

export type HookTest = z.infer<typeof HookTest>;

export const WebhookSample = z
  .object({
    body: z
      .unknown()
      .optional()
      .openapi({ description: 'JSON that stands for what a sender would send.', example: { hello: 'world' } }),
    run: z.boolean().default(false).openapi({ description: 'Whether it has the latest version run, as a test.' }),
  })
  .openapi('WebhookSample');

export type WebhookSample = z.infer<typeof WebhookSample>;

export const WebhookSampleResult = HookTest.extend({
  request: z
    .object({
      method: z.string().openapi({ example: 'POST' }),
      path: z.string().openapi({ example: '/api/v1/hooks/Yh6m0c9s' }),
      headers: z.record(z.string(), z.string()).openapi({
        description: 'As a sender would sign it; a secret that is sent itself is masked.',
        example: { 'content-type': 'application/json' },
      }),
      body: z.string().openapi({ example: '{"hello":"world"}' }),
    })
    .openapi('WebhookSampleRequest'),
}).openapi('WebhookSampleResult');

export type WebhookSampleResult = z.infer<typeof WebhookSampleResult>;

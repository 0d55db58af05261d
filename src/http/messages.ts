import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Text } from '../core/locale.ts';
import type { AppEnv } from './app-env.ts';
import { DateTime } from './schemas.ts';

/** Answers with what was done, in the language of the request. */
export function message(c: Context<AppEnv>, text: Text): { message: string } {
  return { message: text[c.var.locale] };
}

/** A body for both generations of clients: those that read its fields at the top, and those that unwrap `data`. */
export function envelope<T extends object>(c: Context<AppEnv>, data: T, text: Text) {
  return {
    ...data,
    status: 'success' as const,
    message: text[c.var.locale],
    data,
    request_id: c.var.requestId,
    timestamp: new Date().toISOString(),
  };
}

/** The schema of {@link envelope}. */
export const enveloped = <S extends z.ZodObject>(schema: S, name: string) =>
  z
    .object({
      ...schema.shape,
      status: z.literal('success'),
      message: z.string().openapi({ example: 'Done.' }),
      data: schema.openapi({ description: 'The fields of the top once more, for clients that unwrap `data`.' }),
      request_id: z.string().openapi({ description: 'Finds the request in the log.' }),
      timestamp: DateTime,
    })
    .openapi(name);

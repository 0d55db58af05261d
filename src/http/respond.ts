import type { z } from '@hono/zod-openapi';
import { AnyBytes, NEXT_CURSOR_HEADER, NextCursorHeaders } from './schemas.ts';

type JsonContent<S extends z.ZodType> = { description: string; content: { 'application/json': { schema: S } } };

/** A JSON answer, described. */
export const json = <S extends z.ZodType>(description: string, schema: S): JsonContent<S> => ({
  description,
  content: { 'application/json': { schema } },
});

export type JsonBody<S extends z.ZodType> = { content: { 'application/json': { schema: S } }; required: boolean };

/** A JSON body, which is validated whatever Content-Type the client sent. */
export const body = <S extends z.ZodType>(schema: S): JsonBody<S> => ({
  content: { 'application/json': { schema } },
  required: true,
});

/** A JSON body that may be left out. */
export const optionalBody = <S extends z.ZodType>(schema: S): JsonBody<S> => ({ ...body(schema), required: false });

export type RawBody = { content: { '*/*': { schema: z.ZodType } }; required: false; description: string };

/** A body of any type, which its handler reads by itself. */
export const rawBody = (description: string): RawBody => ({
  content: { '*/*': { schema: AnyBytes } },
  required: false,
  description,
});

export const FORM_MEDIA_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data'] as const;

/**
 * A body that clients send as JSON or as either kind of form. All three are described; the endpoint turns forms into
 * JSON before validation, so that the handler reads `c.req.valid('json')` in every case.
 */
export function formBody<S extends z.ZodType>(schema: S, name: string): JsonBody<S> {
  const reference = { schema: { $ref: `#/components/schemas/${name}` } };
  const content = {
    'application/json': { schema },
    ...Object.fromEntries(FORM_MEDIA_TYPES.map((type) => [type, reference])),
  };
  return { content: content as JsonBody<S>['content'], required: true };
}

/** A bare array, with the next cursor in a header. */
export const jsonList = <S extends z.ZodType>(description: string, schema: S) => ({
  ...json(description, schema),
  headers: NextCursorHeaders,
});

/** The header of {@link jsonList}; none at the end of the list. */
export const nextCursorHeader = (cursor: string | null): Record<string, string> =>
  cursor === null ? {} : { [NEXT_CURSOR_HEADER]: cursor };

/** The headers of server-sent events: nobody on the way may keep or collect them. */
export const EVENT_STREAM = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
};

import { z } from '@hono/zod-openapi';
import { PERMISSIONS, type Permission } from '../../../core/permissions.ts';
import { DateTime, line, listQuery, NextCursor, Uuid } from '../../../http/schemas.ts';

const MAX_DAYS = 365;
const DEFAULT_DAYS = 90;

const Scope = z.enum(Object.keys(PERMISSIONS) as [Permission, ...Permission[]]);

const Scopes = z
  .array(Scope)
  .min(1)
  .max(Object.keys(PERMISSIONS).length)
  .openapi({ description: 'Permissions that the token has, as far as your role holds them.' });

export const PersonalTokenRequest = z
  .object({
    name: line(1, 100).openapi({ description: 'What it is for.', example: 'Nightly report' }),
    scopes: Scopes.transform((scopes) => [...new Set(scopes)]).openapi({ example: ['workspace:read'] }),
    workspace_id: Uuid.nullish().openapi({
      description: 'The one workspace that the token is for; that of the request where it is left out.',
    }),
    expires_in_days: z
      .number()
      .int()
      .min(1)
      .max(MAX_DAYS)
      .default(DEFAULT_DAYS)
      .openapi({ description: `At most ${MAX_DAYS}. No token is for ever.`, example: DEFAULT_DAYS }),
  })
  .openapi('PersonalTokenRequest');

export type PersonalTokenRequest = z.infer<typeof PersonalTokenRequest>;

export const PersonalToken = z
  .object({
    id: Uuid,
    name: z.string().openapi({ example: 'Nightly report' }),
    workspace_id: Uuid,
    scopes: Scopes,
    hint: z.string().openapi({ description: 'The last characters of the token.', example: '3kQ9' }),
    status: z.enum(['active', 'expired', 'revoked']),
    expires_at: DateTime,
    last_used_at: DateTime.nullable().openapi({ description: 'To the minute or so; null before the first use.' }),
    revoked_at: DateTime.nullable(),
    created_at: DateTime,
  })
  .openapi('PersonalToken');

export type PersonalToken = z.infer<typeof PersonalToken>;

export const NewPersonalToken = PersonalToken.extend({
  token: z.string().openapi({
    description: 'Shown this once: only a hash of it is kept.',
    example: 'syn_pat_000000000000000000000000000000000000',
  }),
}).openapi('NewPersonalToken');

export type NewPersonalToken = z.infer<typeof NewPersonalToken>;

export const ListPersonalTokensQuery = listQuery(50, 100).omit({ offset: true });

export type ListPersonalTokensQuery = z.infer<typeof ListPersonalTokensQuery>;

export const PersonalTokenPage = z
  .object({
    items: z.array(PersonalToken),
    next_cursor: NextCursor,
  })
  .openapi('PersonalTokenPage');

export type PersonalTokenPage = z.infer<typeof PersonalTokenPage>;

export const PersonalTokenParams = z.object({
  token_id: Uuid.openapi({ param: { name: 'token_id', in: 'path' }, description: 'The token.' }),
});

import { z } from '@hono/zod-openapi';
import { enveloped } from '../../../http/messages.ts';
import { ClaimedPassword, Login, UserProfile } from '../schemas.ts';

const ignored = z
  .string()
  .max(2000)
  .nullish()
  .openapi({ description: 'Taken for the sake of OAuth clients; ignored.' });

export const LoginRequest = z
  .object({
    username: Login.optional().openapi({ description: 'E-mail address or user name.', example: 'maria@example.com' }),
    email: Login.optional().openapi({ description: 'The same, as other clients call it; wins over `username`.' }),
    password: ClaimedPassword,
    grant_type: ignored,
    scope: ignored,
    client_id: ignored,
    client_secret: ignored,
  })
  .refine(({ username, email }) => (email ?? username) !== undefined, {
    path: ['username'],
    message: 'either username or email is required',
  })
  .openapi('LoginRequest');

export type LoginRequest = z.infer<typeof LoginRequest>;

const RefreshToken = z.string().min(1).max(500).openapi({ example: 'c29tZSBvcGFxdWUgdGV4dA' });

export const RefreshRequest = z.object({ refresh_token: RefreshToken }).openapi('RefreshRequest');

export const LogoutRequest = z
  .object({ refresh_token: RefreshToken.nullish() })
  .openapi('LogoutRequest', { description: 'May be left out: the session of the access token ends in any case.' });

export const TokenSet = z
  .object({
    access_token: z.string().openapi({ description: 'A JWT, sent as `Authorization: Bearer`.' }),
    refresh_token: z.string().openapi({ description: 'Opaque, for seven days; each refresh gives another one.' }),
    token_type: z.literal('bearer'),
    expires_in: z.number().int().openapi({ description: 'Seconds until the access token ends.', example: 1800 }),
    user: UserProfile,
  })
  .openapi('TokenSet');

export type TokenSet = z.infer<typeof TokenSet>;

export const TokenAnswer = enveloped(TokenSet, 'TokenAnswer');

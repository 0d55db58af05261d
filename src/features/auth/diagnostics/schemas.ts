import { z } from '@hono/zod-openapi';
import { DateTime, Uuid } from '../../../http/schemas.ts';

const Sentence = z.string().openapi({ description: 'In the language of the request.' });

const User = z.object({
  id: Uuid,
  email: z.email(),
  name: z.string().openapi({ example: 'Maria da Silva' }),
  is_active: z.boolean(),
  is_verified: z.boolean(),
});

export const TokenTest = z
  .object({ message: Sentence, user: User, timestamp: DateTime, status: z.literal('authenticated') })
  .openapi('TokenTest');

export type TokenTest = z.infer<typeof TokenTest>;

export const CredentialsTest = z
  .object({
    message: Sentence,
    user: User.extend({ is_admin: z.boolean() }),
    authentication: z.object({
      status: z.literal('authenticated'),
      method: z.enum(['bearer', 'basic']).openapi({ description: 'How this very request was authenticated.' }),
      methods_supported: z.array(z.string()).openapi({ example: ['bearer', 'basic'] }),
      note: Sentence,
    }),
    timestamp: DateTime,
    server_time: z.number().openapi({ description: 'Seconds since 1970.', example: 1_769_860_800.123 }),
  })
  .openapi('CredentialsTest');

export type CredentialsTest = z.infer<typeof CredentialsTest>;

import type { Permission } from '../../src/core/permissions.ts';
import type { User } from './actors.ts';
import { api, type Client } from './api.ts';

/** A personal access token, and a client that brings it. */
export type Token = Client & { id: string; token: string };

/** Makes a token; in the user's personal workspace unless another is named. */
export async function createToken(
  user: User,
  scopes: Permission[],
  { workspaceId }: { workspaceId?: string } = {},
): Promise<Token> {
  const request = { name: 'Test token', scopes, workspace_id: workspaceId };
  const { status, body } = await user.post('/api/v1/auth/tokens', request);
  if (status !== 201) throw new Error(`could not make a token: ${JSON.stringify(body)}`);
  return { ...api.as({ accessToken: body.token }), id: body.id, token: body.token };
}

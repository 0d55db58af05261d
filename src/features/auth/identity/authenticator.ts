import { ANONYMOUS, type Actor } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import { isPermission, roleAllows, type Access } from '../../../core/permissions.ts';
import type { Ctx } from '../../../context.ts';
import type { Authenticator, Identity } from '../../../http/app-env.ts';
import { checkPassword } from '../password-check.ts';
import { readAccessToken } from '../tokens/access-token.ts';
import { checkBasicLogin, forgetBasicLogins, recallBasicLogin, type BasicLogin } from './basic-logins.ts';
import { findActor, type ActorRow } from './queries.ts';

type Basic = Extract<Identity, { kind: 'basic' }>;

/** Says who a request comes from and whether it may do what it asks. */
export const authenticator: Authenticator = {
  async identify(credentials, ctx) {
    if (credentials.kind === 'basic') return credentials;
    const claims = credentials.kind === 'bearer' ? await readAccessToken(ctx.env, credentials.token) : null;
    return claims ? { kind: 'bearer', ...claims } : { kind: 'anonymous' };
  },

  async authorize(identity, access, workspaceId, ctx) {
    if (access === 'public') return ANONYMOUS;
    if (identity.kind === 'anonymous') throw new AppError('unauthenticated');
    if (identity.kind === 'basic')
      return decide(await lookUpBasic(ctx, identity, workspaceId), null, access, workspaceId);
    const { userId, sessionId } = identity;
    if (access === 'signature') return { kind: 'bearer', userId, sessionId };
    const [row] = await findActor(ctx.db, { userId, sessionId }, workspaceId);
    return decide(row, sessionId, access, workspaceId);
  },
};

/** One round trip while the login is remembered and the password unchanged; else the password is checked. */
async function lookUpBasic(ctx: Ctx, { login, password }: Basic, workspaceId: string | null) {
  const recalled = recallBasicLogin(ctx, login, password);
  if (recalled) {
    const [row] = await findActor(ctx.db, recalled, workspaceId);
    if (row) return row;
    forgetBasicLogins(recalled.userId);
  }
  const checked = await checkBasicLogin(ctx, login, password, () => proveBasicLogin(ctx, { login, password }));
  const [row] = await findActor(ctx.db, checked, workspaceId);
  return row;
}

async function proveBasicLogin(ctx: Ctx, credentials: { login: string; password: string }): Promise<BasicLogin> {
  const { user, passwordHash, forgiven } = await checkPassword(ctx, credentials);
  await forgiven;
  return { userId: user.id, passwordHash };
}

function decide(
  row: ActorRow | undefined,
  sessionId: string | null,
  access: Access,
  workspaceId: string | null,
): Actor {
  if (!row) throw new AppError('unauthenticated');
  const { user, role } = row;
  if (!user.isActive) throw new AppError('account_disabled');
  const workspace = row.workspaceId && role ? { id: row.workspaceId, role } : null;
  const actor: Actor = { kind: 'user', user, sessionId, workspace };
  if (access === 'superuser') {
    if (!user.isSuperuser) throw new AppError('forbidden', { params: { permission: 'superuser' } });
    // An administrator need not be a member of the workspace that a path names.
    return actor;
  }
  if (!workspace && (workspaceId !== null || isPermission(access))) throw notFound('workspace');
  if (workspace && isPermission(access) && !roleAllows(workspace.role, access)) {
    throw new AppError('forbidden', { params: { permission: access } });
  }
  return actor;
}

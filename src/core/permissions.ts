export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;

/** A member's role in a workspace, each including the rights of those before it. */
export type Role = (typeof ROLES)[number];

/** The least role that holds each permission: the one table that every decision asks. */
export const PERMISSIONS = {
  'workspace:read': 'viewer',
  'usage:read': 'viewer',
  'usage:read_all': 'admin',
  'variables:read': 'viewer',
  'variables:write': 'member',
  'llm:invoke': 'member',
} as const satisfies Record<string, Role>;

export type Permission = keyof typeof PERMISSIONS;

/**
 * What an operation demands of its caller. Personal access tokens stand for a part of their creator's rights: what has
 * no scope is closed to them unless said here.
 * - `public`: nothing
 * - `signature`: a token with a valid signature, looked up nowhere, so that it works with the database away; a personal
 *   access token, which has none, is looked up
 * - `identity`: to be known, by whatever credentials
 * - `account`: a signed-in user, by session or password
 * - `superuser`: an administrator of the platform, by session or password
 * - a permission: a member of the request's workspace whose role holds it; a token must have it among its scopes too
 */
export type Access = 'public' | 'signature' | 'identity' | 'account' | 'superuser' | Permission;

export function isPermission(access: Access): access is Permission {
  return Object.hasOwn(PERMISSIONS, access);
}

export function roleAllows(role: Role, permission: Permission): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(PERMISSIONS[permission]);
}

/** What somebody may do in a workspace: what the role holds and, by a personal access token, only its scopes of that. */
export type Grant = { role: Role; scopes: readonly Permission[] | null };

export function allows({ role, scopes }: Grant, permission: Permission): boolean {
  return roleAllows(role, permission) && (scopes === null || scopes.includes(permission));
}

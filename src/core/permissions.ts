export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;

/** A member's role in a workspace, each including the rights of those before it. */
export type Role = (typeof ROLES)[number];

/** The least role that holds each permission: the one table that every decision asks. */
export const PERMISSIONS = {
  'workspace:read': 'viewer',
  'usage:read': 'viewer',
  'usage:read_all': 'admin',
  'llm:invoke': 'member',
} as const satisfies Record<string, Role>;

export type Permission = keyof typeof PERMISSIONS;

/**
 * What an operation demands of its caller.
 * - `public`: nothing
 * - `signature`: a token with a valid signature, looked up nowhere, so that it works with the database away
 * - `account`: a signed-in user
 * - `superuser`: an administrator of the platform
 * - a permission: a member of the request's workspace whose role holds it
 */
export type Access = 'public' | 'signature' | 'account' | 'superuser' | Permission;

export function isPermission(access: Access): access is Permission {
  return access in PERMISSIONS;
}

export function roleAllows(role: Role, permission: Permission): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(PERMISSIONS[permission]);
}

export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;

/** A member's role in a workspace, each including the rights of those before it. */
export type Role = (typeof ROLES)[number];

export const PROJECT_RIGHTS = ['edit', 'comment', 'share', 'delete'] as const;

/** What somebody may do in one project beyond their role, as one of its collaborators. */
export type ProjectRight = (typeof PROJECT_RIGHTS)[number];

/** Who holds a permission: this role and those above it, and in a project whoever has that right there. */
export type Rule = { role: Role; right?: ProjectRight };

/** The one table that every decision asks. */
export const PERMISSIONS = {
  'workspace:read': { role: 'viewer' },
  'workspace:update': { role: 'admin' },
  'workspace:delete': { role: 'owner' },
  'workspace:transfer': { role: 'owner' },
  'members:read': { role: 'viewer' },
  'members:invite': { role: 'admin' },
  'members:update': { role: 'admin' },
  'members:remove': { role: 'admin' },
  'projects:read': { role: 'viewer' },
  'projects:create': { role: 'member' },
  'projects:update': { role: 'member', right: 'edit' },
  'projects:comment': { role: 'member', right: 'comment' },
  'projects:share': { role: 'admin', right: 'share' },
  'projects:delete': { role: 'admin', right: 'delete' },
  'integrations:read': { role: 'admin' },
  'integrations:write': { role: 'admin' },
  'audit:read': { role: 'admin' },
  'usage:read': { role: 'viewer' },
  'usage:read_all': { role: 'admin' },
  'usage:write': { role: 'member' },
  'billing:read': { role: 'admin' },
  'budgets:read': { role: 'viewer' },
  'budgets:write': { role: 'admin' },
  'endpoints:read': { role: 'viewer' },
  'endpoints:write': { role: 'admin' },
  'variables:read': { role: 'viewer' },
  'variables:write': { role: 'member' },
  'llm:invoke': { role: 'member' },
  'routes:read': { role: 'viewer' },
  'routes:write': { role: 'admin' },
  'workflows:read': { role: 'viewer' },
  'workflows:write': { role: 'member' },
  'workflows:execute': { role: 'member' },
  'executions:read': { role: 'viewer' },
  'executions:configure': { role: 'admin' },
  'nodes:read': { role: 'viewer' },
  'nodes:write': { role: 'member' },
  'llm:configure': { role: 'admin' },
} as const satisfies Record<string, Rule>;

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
 * - a permission: a member of the request's workspace whose role holds it, or whose rights in the request's project do;
 *   a token must have it among its scopes too
 */
export type Access = 'public' | 'signature' | 'identity' | 'account' | 'superuser' | Permission;

export function isPermission(access: Access): access is Permission {
  return Object.hasOwn(PERMISSIONS, access);
}

/** Whether a role includes the rights of another. */
export const includesRole = (role: Role, other: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(other);

export function roleAllows(role: Role, permission: Permission): boolean {
  return includesRole(role, PERMISSIONS[permission].role);
}

export function rightAllows(rights: readonly ProjectRight[], permission: Permission): boolean {
  const rule: Rule = PERMISSIONS[permission];
  return rule.right !== undefined && rights.includes(rule.right);
}

/**
 * What somebody may do in a workspace: what the role holds, in the request's project what they may as a collaborator
 * too, and by a personal access token only its scopes of that.
 */
export type Grant = { role: Role; rights: readonly ProjectRight[]; scopes: readonly Permission[] | null };

export function allows({ role, rights, scopes }: Grant, permission: Permission): boolean {
  const isHeld = roleAllows(role, permission) || rightAllows(rights, permission);
  return isHeld && (scopes === null || scopes.includes(permission));
}

/** Everything that is audited, and what kind of thing each is about. */
export const AUDIT_ACTIONS = {
  'workspace.created': 'workspace',
  'workspace.updated': 'workspace',
  'workspace.deleted': 'workspace',
  'workspace.restored': 'workspace',
  'workspace.transferred': 'workspace',
  'member.joined': 'member',
  'member.left': 'member',
  'member.removed': 'member',
  'member.role_changed': 'member',
  'invitation.created': 'invitation',
  'invitation.changed': 'invitation',
  'invitation.resent': 'invitation',
  'invitation.cancelled': 'invitation',
  'invitation.declined': 'invitation',
  'project.deleted': 'project',
  'project.restored': 'project',
  'project.moved': 'project',
  'collaborator.added': 'collaborator',
  'collaborator.changed': 'collaborator',
  'collaborator.removed': 'collaborator',
  'integration.created': 'integration',
  'integration.updated': 'integration',
  'integration.deleted': 'integration',
  'integration.disabled': 'integration',
  'integration.secret_rotated': 'integration',
  'access_token.created': 'access_token',
  'access_token.revoked': 'access_token',
  'variable.created': 'variable',
  'variable.updated': 'variable',
  'variable.deleted': 'variable',
  'budget.created': 'budget',
  'budget.updated': 'budget',
  'budget.deleted': 'budget',
  'llm_settings.updated': 'llm_settings',
} as const satisfies Record<string, string>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;

/** Every kind of thing that an entry may be about. */
export const AUDITED_RESOURCES: readonly string[] = [...new Set(Object.values(AUDIT_ACTIONS))];

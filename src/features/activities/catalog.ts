import type { Text } from '../../core/locale.ts';

type Activity = { resourceType: string; text: Text };

/**
 * Everything that may happen in a workspace, and how its members read it: `{actor}` and `{subject}` are people's names,
 * the other placeholders are of the row's metadata, which must hold nothing personal.
 */
export const ACTIVITIES = {
  workspace_created: {
    resourceType: 'workspace',
    text: { en: '{actor} created the workspace', pt: '{actor} criou o workspace' },
  },
  workspace_updated: {
    resourceType: 'workspace',
    text: { en: '{actor} changed the workspace: {fields}', pt: '{actor} alterou o workspace: {fields}' },
  },
  workspace_deleted: {
    resourceType: 'workspace',
    text: { en: '{actor} deleted the workspace', pt: '{actor} excluiu o workspace' },
  },
  workspace_restored: {
    resourceType: 'workspace',
    text: { en: '{actor} restored the workspace', pt: '{actor} restaurou o workspace' },
  },
  workspace_transferred: {
    resourceType: 'workspace',
    text: {
      en: '{actor} handed the workspace over to {subject}',
      pt: '{actor} transferiu o workspace para {subject}',
    },
  },
  member_left: {
    resourceType: 'member',
    text: { en: '{actor} left the workspace', pt: '{actor} saiu do workspace' },
  },
  member_removed: {
    resourceType: 'member',
    text: { en: '{actor} removed {subject} from the workspace', pt: '{actor} removeu {subject} do workspace' },
  },
  member_role_updated: {
    resourceType: 'member',
    text: {
      en: '{actor} changed the role of {subject} from {from} to {to}',
      pt: '{actor} alterou o papel de {subject} de {from} para {to}',
    },
  },
  member_invited: {
    resourceType: 'invitation',
    text: { en: '{actor} invited somebody as {role}', pt: '{actor} convidou alguém como {role}' },
  },
  member_joined: {
    resourceType: 'member',
    text: { en: '{actor} joined the workspace as {role}', pt: '{actor} entrou no workspace como {role}' },
  },
  invitation_declined: {
    resourceType: 'invitation',
    text: { en: '{actor} declined an invitation', pt: '{actor} recusou um convite' },
  },
  invitation_cancelled: {
    resourceType: 'invitation',
    text: { en: '{actor} cancelled an invitation', pt: '{actor} cancelou um convite' },
  },
  project_created: {
    resourceType: 'project',
    text: { en: '{actor} created the project {name}', pt: '{actor} criou o projeto {name}' },
  },
  project_updated: {
    resourceType: 'project',
    text: { en: '{actor} changed the project {name}: {fields}', pt: '{actor} alterou o projeto {name}: {fields}' },
  },
  project_deleted: {
    resourceType: 'project',
    text: { en: '{actor} deleted the project {name}', pt: '{actor} excluiu o projeto {name}' },
  },
  project_archived: {
    resourceType: 'project',
    text: { en: '{actor} archived the project {name}', pt: '{actor} arquivou o projeto {name}' },
  },
  project_unarchived: {
    resourceType: 'project',
    text: { en: '{actor} took the project {name} out of the archive', pt: '{actor} desarquivou o projeto {name}' },
  },
  project_restored: {
    resourceType: 'project',
    text: { en: '{actor} restored the project {name}', pt: '{actor} restaurou o projeto {name}' },
  },
  project_moved: {
    resourceType: 'project',
    text: {
      en: '{actor} moved the project {name} to another workspace',
      pt: '{actor} moveu o projeto {name} para outro workspace',
    },
  },
  project_received: {
    resourceType: 'project',
    text: { en: '{actor} moved the project {name} here', pt: '{actor} trouxe o projeto {name} para este workspace' },
  },
  version_created: {
    resourceType: 'version',
    text: { en: '{actor} saved a version of the project {name}', pt: '{actor} salvou uma versão do projeto {name}' },
  },
  version_restored: {
    resourceType: 'version',
    text: {
      en: '{actor} restored version {number} of the project {name}',
      pt: '{actor} restaurou a versão {number} do projeto {name}',
    },
  },
  collaborator_added: {
    resourceType: 'collaborator',
    text: { en: '{actor} added {subject} to the project {name}', pt: '{actor} adicionou {subject} ao projeto {name}' },
  },
  collaborator_changed: {
    resourceType: 'collaborator',
    text: {
      en: '{actor} changed what {subject} may do in the project {name}',
      pt: '{actor} alterou as permissões de {subject} no projeto {name}',
    },
  },
  collaborator_removed: {
    resourceType: 'collaborator',
    text: {
      en: '{actor} removed {subject} from the project {name}',
      pt: '{actor} removeu {subject} do projeto {name}',
    },
  },
  comment_added: {
    resourceType: 'comment',
    text: { en: '{actor} commented on a project', pt: '{actor} comentou em um projeto' },
  },
  comment_edited: {
    resourceType: 'comment',
    text: { en: '{actor} changed a comment', pt: '{actor} editou um comentário' },
  },
  comment_resolved: {
    resourceType: 'comment',
    text: { en: '{actor} resolved a comment', pt: '{actor} resolveu um comentário' },
  },
  comment_reopened: {
    resourceType: 'comment',
    text: { en: '{actor} reopened a comment', pt: '{actor} reabriu um comentário' },
  },
  comment_deleted: {
    resourceType: 'comment',
    text: { en: '{actor} deleted a comment', pt: '{actor} excluiu um comentário' },
  },
  workflow_created: {
    resourceType: 'workflow',
    text: { en: '{actor} created the workflow {name}', pt: '{actor} criou o workflow {name}' },
  },
  workflow_updated: {
    resourceType: 'workflow',
    text: { en: '{actor} changed the workflow {name}: {fields}', pt: '{actor} alterou o workflow {name}: {fields}' },
  },
  workflow_restored: {
    resourceType: 'workflow',
    text: {
      en: '{actor} restored version {number} of the workflow {name}',
      pt: '{actor} restaurou a versão {number} do workflow {name}',
    },
  },
  workflow_published: {
    resourceType: 'workflow',
    text: {
      en: '{actor} published version {number} of the workflow {name}',
      pt: '{actor} publicou a versão {number} do workflow {name}',
    },
  },
  workflow_rolled_back: {
    resourceType: 'workflow',
    text: {
      en: '{actor} rolled the workflow {name} back to version {number}',
      pt: '{actor} reverteu o workflow {name} para a versão {number}',
    },
  },
  workflow_unpublished: {
    resourceType: 'workflow',
    text: {
      en: '{actor} took the published version of the workflow {name} back',
      pt: '{actor} retirou a versão publicada do workflow {name}',
    },
  },
  workflow_deleted: {
    resourceType: 'workflow',
    text: { en: '{actor} deleted the workflow {name}', pt: '{actor} excluiu o workflow {name}' },
  },
  approval_requested: {
    resourceType: 'approval',
    text: { en: 'A workflow waits for an approval ({node})', pt: 'Um workflow aguarda uma aprovação ({node})' },
  },
  integration_created: {
    resourceType: 'integration',
    text: { en: '{actor} added an integration: {type}', pt: '{actor} adicionou uma integração: {type}' },
  },
  integration_updated: {
    resourceType: 'integration',
    text: {
      en: '{actor} changed an integration ({type}): {fields}',
      pt: '{actor} alterou uma integração ({type}): {fields}',
    },
  },
  integration_deleted: {
    resourceType: 'integration',
    text: { en: '{actor} deleted an integration: {type}', pt: '{actor} excluiu uma integração: {type}' },
  },
  integration_disabled: {
    resourceType: 'integration',
    text: {
      en: 'An integration ({type}) was switched off, because its address no longer takes messages',
      pt: 'Uma integração ({type}) foi desativada, pois seu endereço não aceita mais mensagens',
    },
  },
} as const satisfies Record<string, Activity>;

export type ActivityAction = keyof typeof ACTIVITIES;

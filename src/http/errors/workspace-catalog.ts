import type { CatalogEntry } from './catalog.ts';

/** Errors of workspaces, their members and their projects. */
export const WORKSPACE_ERRORS = {
  no_subscription: {
    status: 403,
    title: { en: 'No subscription', pt: 'Sem assinatura' },
    detail: {
      en: 'There is no active subscription, and so no plan that would allow this.',
      pt: 'Não há assinatura ativa e, portanto, nenhum plano que permita isto.',
    },
  },
  collaborative_not_allowed: {
    status: 403,
    title: { en: 'Not in this plan', pt: 'Não incluído no plano' },
    detail: {
      en: 'Your plan does not include collaborative workspaces.',
      pt: 'Seu plano não permite criar workspaces colaborativos',
    },
  },
  individual_workspace: {
    status: 409,
    title: { en: 'Individual workspace', pt: 'Workspace individual' },
    detail: {
      en: 'An individual workspace has its owner as its only member.',
      pt: 'Um workspace individual tem apenas o proprietário como membro.',
    },
  },
  already_member: {
    status: 409,
    title: { en: 'Already a member', pt: 'Já é membro' },
    detail: { en: 'This person is already a member of the workspace.', pt: 'Usuário já é membro do workspace' },
  },
  owner_required: {
    status: 409,
    title: { en: 'Workspace would be left without an owner', pt: 'Workspace ficaria sem proprietário' },
    detail: {
      en: 'A workspace must keep its owner; hand it over to somebody else first.',
      pt: 'Um workspace precisa manter o seu proprietário; transfira-o antes a outra pessoa.',
    },
  },
  outranked: {
    status: 403,
    title: { en: 'Not below your role', pt: 'Não está abaixo do seu papel' },
    detail: {
      en: 'You may manage only members and roles below your own.',
      pt: 'Você só pode gerenciar membros e papéis abaixo do seu.',
    },
  },
  already_reminded: {
    status: 409,
    title: { en: 'Already reminded', pt: 'Já lembrado' },
    detail: {
      en: 'A reminder was sent to this person within the last 24 hours.',
      pt: 'Um lembrete foi enviado a esta pessoa nas últimas 24 horas.',
    },
  },
  email_not_verified: {
    status: 403,
    title: { en: 'E-mail not verified', pt: 'Email não verificado' },
    detail: {
      en: 'Confirm your e-mail address first: invitations are meant for whoever it belongs to.',
      pt: 'Confirme antes o seu endereço de email: convites pertencem a quem o possui.',
    },
  },
  invitation_for_another: {
    status: 403,
    title: { en: 'Invitation for somebody else', pt: 'Convite para outra pessoa' },
    detail: {
      en: 'This invitation was sent to another e-mail address than that of your account.',
      pt: 'Este convite foi enviado a um email diferente do email da sua conta.',
    },
  },
  invitation_closed: {
    status: 409,
    title: { en: 'Invitation no longer open', pt: 'Convite não está mais aberto' },
    detail: { en: 'The invitation is {status}.', pt: 'Situação do convite: {status}.' },
  },
  mail_throttled: {
    status: 429,
    title: { en: 'Too many mails', pt: 'Emails demais' },
    detail: {
      en: 'Too many invitations were mailed to this address or from this workspace; try again in {seconds} s.',
      pt: 'Muitos convites foram enviados a este endereço ou por este workspace; tente novamente em {seconds} s.',
    },
  },
  comments_disabled: {
    status: 409,
    title: { en: 'Comments disabled', pt: 'Comentários desativados' },
    detail: {
      en: 'Comments are switched off in this workspace.',
      pt: 'Os comentários estão desativados neste workspace.',
    },
  },
  not_the_author: {
    status: 403,
    title: { en: 'Not the author', pt: 'Não é o autor' },
    detail: {
      en: 'Only its author may change a comment.',
      pt: 'Somente o autor pode editar um comentário.',
    },
  },
  integration_disabled: {
    status: 409,
    title: { en: 'Integration disabled', pt: 'Integração desativada' },
    detail: {
      en: 'The integration is switched off; enable it first.',
      pt: 'A integração está desativada; ative-a antes.',
    },
  },
  delivery_pending: {
    status: 409,
    title: { en: 'Delivery still pending', pt: 'Entrega ainda pendente' },
    detail: {
      en: 'This message is still being delivered.',
      pt: 'Esta mensagem ainda está sendo entregue.',
    },
  },
  workflow_taken: {
    status: 409,
    title: { en: 'Workflow belongs to a project', pt: 'Workflow já pertence a um projeto' },
    detail: {
      en: 'Another project has this workflow_id; a deleted one keeps its workflow as long as it can be restored.',
      pt: 'Outro projeto já usa este workflow_id; um projeto excluído mantém o seu enquanto puder ser restaurado.',
    },
  },
  workflow_of_project: {
    status: 409,
    title: { en: 'Workflow belongs to a project', pt: 'Workflow pertence a um projeto' },
    detail: {
      en: 'A project has this workflow, which is deleted with it; delete the project instead.',
      pt: 'Um projeto possui este workflow, que é excluído com ele; exclua o projeto.',
    },
  },
  workflow_is_own: {
    status: 409,
    title: { en: 'Workflow of your own', pt: 'Workflow próprio' },
    detail: {
      en: 'Members of the workspace that a workflow belongs to do not rate it.',
      pt: 'Membros do workspace ao qual um workflow pertence não o avaliam.',
    },
  },
  version_control_disabled: {
    status: 409,
    title: { en: 'Version control disabled', pt: 'Controle de versões desativado' },
    detail: {
      en: 'Version control is switched off in this project; no version was made.',
      pt: 'O controle de versões está desativado neste projeto; nenhuma versão foi criada.',
    },
  },
  not_a_member: {
    status: 422,
    title: { en: 'Not a member', pt: 'Não é membro' },
    detail: {
      en: 'This person is not a member of the workspace.',
      pt: 'Esta pessoa não é membro do workspace.',
    },
  },
} as const satisfies Record<string, CatalogEntry>;

import type { Locale, Text } from '../../core/locale.ts';
import { DAY, HOUR } from '../../core/time.ts';

/** The words of a mail. Parameters stand in braces. */
type Copy = { subject: string; before: string[]; button: string; after: string[] };

type Template = {
  /** Parameters that open something: encrypted while they wait. `token` goes into the link. */
  secrets: readonly string[];
  /** Parameters that are names which somebody chose; each comes with a `<name>_slug` for when it is not fit to be shown. */
  names?: readonly string[];
  /** The page of the web client that the button leads to. */
  path: string;
  /** The page where the reader chooses to get fewer of these, and what the link to it says. */
  optOut?: { path: string; label: Text };
  /** After so long the mail is of no use any more, and is given up instead of being tried again. */
  usefulForMs: number;
  copy: Record<Locale, Copy>;
};

/**
 * Every mail that can be sent. They name people by user name, whose characters are restricted, and hold no text that
 * somebody chose freely: registering or inviting a stranger's address must not be a way to write to that stranger. A name
 * is shown only where it looks like nothing else (see plain-name.ts). `notifications`, `workflow_notice` and those of approvals
 * alone, which go to members of a workspace, hold what others there have written.
 */
export const TEMPLATES = {
  verify_email: {
    secrets: ['token'],
    path: '/verify-email',
    usefulForMs: DAY,
    copy: {
      en: {
        subject: 'Confirm your e-mail address',
        before: ['Hello {username},', 'please confirm that this address belongs to your SynapScale account.'],
        button: 'Confirm address',
        after: ['The link works once, within 24 hours.', 'If you did not register, you can ignore this message.'],
      },
      pt: {
        subject: 'Confirme seu endereço de email',
        before: ['Olá {username},', 'confirme que este endereço pertence à sua conta SynapScale.'],
        button: 'Confirmar endereço',
        after: ['O link funciona uma única vez, por 24 horas.', 'Se você não se cadastrou, ignore esta mensagem.'],
      },
    },
  },
  reset_password: {
    secrets: ['token'],
    path: '/reset-password',
    usefulForMs: HOUR,
    copy: {
      en: {
        subject: 'Reset your password',
        before: ['Hello {username},', 'somebody asked to reset the password of your SynapScale account.'],
        button: 'Choose a new password',
        after: [
          'The link works once, within one hour.',
          'If it was not you, you can ignore this message: your password stays as it is.',
        ],
      },
      pt: {
        subject: 'Redefina sua senha',
        before: ['Olá {username},', 'alguém pediu a redefinição da senha da sua conta SynapScale.'],
        button: 'Escolher nova senha',
        after: [
          'O link funciona uma única vez, por uma hora.',
          'Se não foi você, ignore esta mensagem: sua senha continua a mesma.',
        ],
      },
    },
  },
  password_changed: {
    secrets: [],
    path: '/',
    usefulForMs: 3 * DAY,
    copy: {
      en: {
        subject: 'Your password was changed',
        before: ['Hello {username},', 'the password of your SynapScale account was changed just now.'],
        button: 'Open SynapScale',
        after: ['If it was not you, reset your password at once with “Forgot password”.'],
      },
      pt: {
        subject: 'Sua senha foi alterada',
        before: ['Olá {username},', 'a senha da sua conta SynapScale acaba de ser alterada.'],
        button: 'Abrir o SynapScale',
        after: ['Se não foi você, redefina sua senha imediatamente em “Esqueci minha senha”.'],
      },
    },
  },
  workspace_invitation: {
    secrets: ['token'],
    names: ['workspace'],
    path: '/invite/accept',
    usefulForMs: 7 * DAY,
    copy: {
      en: {
        subject: '{inviter} invites you to {workspace}',
        before: ['Hello,', '{inviter} invites you to the workspace {workspace} on SynapScale.'],
        button: 'See the invitation',
        after: [
          'The link works once, within 7 days, for an account with this e-mail address.',
          'If you do not know who invites you, you can ignore this message.',
        ],
      },
      pt: {
        subject: '{inviter} convida você para {workspace}',
        before: ['Olá,', '{inviter} convida você para o workspace {workspace} no SynapScale.'],
        button: 'Ver o convite',
        after: [
          'O link funciona uma única vez, por 7 dias, para uma conta com este endereço de email.',
          'Se você não conhece quem convida, ignore esta mensagem.',
        ],
      },
    },
  },
  workspace_reminder: {
    secrets: [],
    names: ['workspace'],
    path: '/workspaces',
    usefulForMs: 2 * DAY,
    copy: {
      en: {
        subject: 'You are missed in {workspace}',
        before: ['Hello {username},', '{sender} asks you to have a look at the workspace {workspace}.'],
        button: 'Open your workspaces',
        after: ['You get this mail because you are a member of this workspace; leave it to get no more.'],
      },
      pt: {
        subject: 'Sentem sua falta em {workspace}',
        before: ['Olá {username},', '{sender} pede que você dê uma olhada no workspace {workspace}.'],
        button: 'Abrir seus workspaces',
        after: ['Você recebe este email por ser membro deste workspace; saia dele para não receber mais.'],
      },
    },
  },
  execution_completed: {
    secrets: [],
    path: '/executions',
    usefulForMs: DAY,
    copy: {
      en: {
        subject: 'An execution has been completed',
        before: ['Hello {username},', 'the execution {execution}, which you had started, has been completed.'],
        button: 'Open your executions',
        after: ['You get this mail because it was asked for when the execution was started.'],
      },
      pt: {
        subject: 'Uma execução foi concluída',
        before: ['Olá {username},', 'a execução {execution}, que você iniciou, foi concluída.'],
        button: 'Abrir suas execuções',
        after: ['Você recebe este email porque ele foi pedido ao iniciar a execução.'],
      },
    },
  },
  execution_failed: {
    secrets: [],
    path: '/executions',
    usefulForMs: DAY,
    copy: {
      en: {
        subject: 'An execution has failed',
        before: ['Hello {username},', 'the execution {execution}, which you had started, has failed ({code}).'],
        button: 'Open your executions',
        after: ['You get this mail because it was asked for when the execution was started.'],
      },
      pt: {
        subject: 'Uma execução falhou',
        before: ['Olá {username},', 'a execução {execution}, que você iniciou, falhou ({code}).'],
        button: 'Abrir suas execuções',
        after: ['Você recebe este email porque ele foi pedido ao iniciar a execução.'],
      },
    },
  },
  schedule_stopped: {
    secrets: [],
    path: '/schedules',
    usefulForMs: 7 * DAY,
    copy: {
      en: {
        subject: 'A schedule was stopped',
        before: [
          'Hello {username},',
          'the schedule {schedule} runs a workflow with your rights, and you may not run it any more ({code}). It stands still.',
        ],
        button: 'Open your schedules',
        after: ['Whoever may run the workflow can resume the schedule, which has their rights then.'],
      },
      pt: {
        subject: 'Um agendamento foi interrompido',
        before: [
          'Olá {username},',
          'o agendamento {schedule} executa um workflow com as suas permissões, e você não pode mais executá-lo ({code}). ' +
            'Ele está parado.',
        ],
        button: 'Abrir seus agendamentos',
        after: [
          'Quem puder executar o workflow pode retomar o agendamento, que passa a ter as permissões dessa pessoa.',
        ],
      },
    },
  },
  deprecated_calls: {
    secrets: [],
    path: '/',
    usefulForMs: 7 * DAY,
    copy: {
      en: {
        subject: 'Operations of the API that you call will end',
        before: [
          'Hello {username},',
          'your account has called operations of the SynapScale API that will end. Each with its last day:',
          '{items}',
          'Every answer of theirs names what to call instead in its header Link, and so does the description of the API.',
        ],
        button: 'Open SynapScale',
        after: ['While you call them, you get this mail at most once a month for each.'],
      },
      pt: {
        subject: 'Operações da API que você chama serão encerradas',
        before: [
          'Olá {username},',
          'sua conta chamou operações da API SynapScale que serão encerradas. Cada uma com seu último dia:',
          '{items}',
          'Cada resposta delas indica no cabeçalho Link o que chamar no lugar, assim como a descrição da API.',
        ],
        button: 'Abrir o SynapScale',
        after: ['Enquanto você as chamar, receberá este email no máximo uma vez por mês para cada uma.'],
      },
    },
  },
  notifications: {
    secrets: [],
    path: '/notifications',
    optOut: {
      path: '/settings/notifications',
      label: { en: 'Choose what you are told, and how often', pt: 'Escolha o que receber e com que frequência' },
    },
    usefulForMs: 2 * DAY,
    copy: {
      en: {
        subject: '{subject}',
        before: ['Hello {username},', '{items}'],
        button: 'See your notifications',
        after: ['You get this mail because of your settings in these workspaces.'],
      },
      pt: {
        subject: '{subject}',
        before: ['Olá {username},', '{items}'],
        button: 'Ver suas notificações',
        after: ['Você recebe este email por causa das suas configurações nesses workspaces.'],
      },
    },
  },
  workflow_notice: {
    secrets: [],
    path: '/',
    usefulForMs: DAY,
    copy: {
      en: {
        subject: '{subject}',
        before: ['Hello {username},', '{items}'],
        button: 'Open SynapScale',
        after: ['A workflow that {sender} has started in a workspace of yours sent you this mail.'],
      },
      pt: {
        subject: '{subject}',
        before: ['Olá {username},', '{items}'],
        button: 'Abrir o SynapScale',
        after: ['Este email foi enviado por um workflow que {sender} iniciou em um workspace seu.'],
      },
    },
  },
  approval_requested: {
    secrets: [],
    path: '/approvals',
    usefulForMs: 7 * DAY,
    copy: {
      en: {
        subject: 'A workflow waits for your approval',
        before: [
          'Hello {username},',
          'a workflow in a workspace of yours waits until somebody approves or rejects:',
          '{items}',
        ],
        button: 'See what waits for you',
        after: ['You get this mail because you may decide this.'],
      },
      pt: {
        subject: 'Um workflow aguarda sua aprovação',
        before: ['Olá {username},', 'um workflow em um workspace seu aguarda que alguém aprove ou rejeite:', '{items}'],
        button: 'Ver o que aguarda você',
        after: ['Você recebe este email porque pode decidir isto.'],
      },
    },
  },
  approval_by_link: {
    secrets: ['link'],
    path: '/approvals',
    usefulForMs: 7 * DAY,
    copy: {
      en: {
        subject: 'A workflow waits for your approval',
        before: [
          'Hello {username},',
          'a workflow in a workspace of yours waits until somebody approves or rejects:',
          '{items}',
          'You can decide without signing in, once: {link}',
          'Whoever has this address can decide in your place; do not pass it on.',
        ],
        button: 'See what waits for you',
        after: ['You get this mail because you may decide this.'],
      },
      pt: {
        subject: 'Um workflow aguarda sua aprovação',
        before: [
          'Olá {username},',
          'um workflow em um workspace seu aguarda que alguém aprove ou rejeite:',
          '{items}',
          'Você pode decidir sem entrar na conta, uma única vez: {link}',
          'Quem tiver este endereço pode decidir em seu lugar; não o repasse.',
        ],
        button: 'Ver o que aguarda você',
        after: ['Você recebe este email porque pode decidir isto.'],
      },
    },
  },
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof TEMPLATES;

/** What a template needs besides what is looked up as the letter is queued, such as user names. */
export type TemplateParameters<T extends TemplateName> = Record<(typeof TEMPLATES)[T]['secrets'][number], string> &
  Record<string, string>;

/** The template of a row, which an older or newer version of this code may have written. */
export function findTemplate(name: string): Template | undefined {
  return Object.hasOwn(TEMPLATES, name) ? TEMPLATES[name as TemplateName] : undefined;
}

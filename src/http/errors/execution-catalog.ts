import type { CatalogEntry } from './catalog.ts';

/** Why a workflow is not run, or its execution not changed. */
export const EXECUTION_ERRORS = {
  workflow_not_runnable: {
    status: 409,
    title: { en: 'Workflow does not run', pt: 'Workflow não executável' },
    detail: {
      en: 'The workflow is {status}; it runs in no such state.',
      pt: 'O workflow está no estado {status}, em que não pode ser executado.',
    },
  },
  replay_required: {
    status: 409,
    title: { en: 'Replay required', pt: 'Replay exigido' },
    detail: {
      en: 'Version {version} is published only once a replay of it has passed; `errors` says what is missing.',
      pt: 'A versão {version} só pode ser publicada depois que um replay dela passar; `errors` diz o que falta.',
    },
  },
  nothing_to_roll_back: {
    status: 409,
    title: { en: 'Nothing to go back to', pt: 'Nada para reverter' },
    detail: {
      en: 'No version was published before the one that runs now.',
      pt: 'Nenhuma versão foi publicada antes da que está em execução.',
    },
  },
  queue_full: {
    status: 429,
    title: { en: 'Queue full', pt: 'Fila cheia' },
    detail: {
      en: '{limit} executions of this workspace have not ended yet; start more once some have.',
      pt: '{limit} execuções deste workspace ainda não terminaram; inicie outras quando algumas terminarem.',
    },
  },
  action_not_possible: {
    status: 400,
    title: { en: 'Not possible now', pt: 'Não é possível agora' },
    detail: {
      en: 'An execution that is {status} does not take the action {action}.',
      pt: 'Uma execução no estado {status} não aceita a ação {action}.',
    },
  },
  retries_used_up: {
    status: 400,
    title: { en: 'No retry left', pt: 'Sem novas tentativas' },
    detail: {
      en: 'The execution was taken up again as often as its max_retries allows, or what it ran is gone; start another.',
      pt: 'A execução já foi retomada o número de vezes que max_retries permite, ou o que ela executava não existe mais; inicie outra.',
    },
  },
  execution_open: {
    status: 409,
    title: { en: 'Execution not ended', pt: 'Execução não terminada' },
    detail: {
      en: 'The execution has not ended; cancel it first.',
      pt: 'A execução ainda não terminou; cancele-a primeiro.',
    },
  },
  webhook_not_authentic: {
    status: 401,
    title: { en: 'Call not authentic', pt: 'Chamada não autêntica' },
    detail: {
      en: 'The call does not show that it is from whoever this webhook is for: {reason}.',
      pt: 'A chamada não comprova a origem que este webhook exige: {reason}.',
    },
  },
  webhook_stale: {
    status: 401,
    title: { en: 'Call from another time', pt: 'Chamada fora do prazo' },
    detail: {
      en: 'The time that the call was signed with is more than {window} s from now; sign it anew.',
      pt: 'O horário assinado na chamada difere mais de {window} s do atual; assine-a novamente.',
    },
  },
  webhook_run_failed: {
    status: 424,
    title: { en: 'Workflow failed', pt: 'Workflow falhou' },
    detail: {
      en: 'The call was taken, but what it started is {status}: execution {execution}.',
      pt: 'A chamada foi aceita, mas a execução {execution} terminou como {status}.',
    },
  },
  execution_not_suitable: {
    status: 409,
    title: { en: 'Not for this execution', pt: 'Não se aplica a esta execução' },
    detail: {
      en: 'An execution that is {status} cannot be the source of a {action}.',
      pt: 'A operação {action} não se aplica a uma execução no estado {status}.',
    },
  },
  wait_closed: {
    status: 409,
    title: { en: 'Nothing is waited for any more', pt: 'Nada mais é aguardado' },
    detail: {
      en: 'It is {status} already (at {at}, by {by}).',
      pt: 'O estado já é {status} (em {at}, por {by}).',
    },
  },
  not_an_approver: {
    status: 403,
    title: { en: 'Not for you to decide', pt: 'A decisão não cabe a você' },
    detail: { en: 'Others were asked to decide this.', pt: 'Outras pessoas foram designadas para decidir isto.' },
  },
} as const satisfies Partial<Record<string, CatalogEntry>>;

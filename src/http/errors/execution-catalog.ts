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
  execution_open: {
    status: 409,
    title: { en: 'Execution not ended', pt: 'Execução não terminada' },
    detail: {
      en: 'The execution has not ended; cancel it first.',
      pt: 'A execução ainda não terminou; cancele-a primeiro.',
    },
  },
} as const satisfies Partial<Record<string, CatalogEntry>>;

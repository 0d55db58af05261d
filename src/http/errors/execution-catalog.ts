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

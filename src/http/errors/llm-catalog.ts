import type { CatalogEntry } from './catalog.ts';

/** Why a model is not asked, and what providers of models answer instead of an answer. */
export const LLM_ERRORS = {
  model_unpriced: {
    status: 422,
    title: { en: 'Model without a price', pt: 'Modelo sem preço' },
    detail: {
      en: 'Model {model} of {provider} has no price in the catalogue, so no budget can hold; nothing was spent.',
      pt: 'O modelo {model} de {provider} não tem preço no catálogo, e nenhum orçamento pode valer; nada foi gasto.',
    },
  },
  provider_rejected: {
    status: 422,
    title: { en: 'Rejected by the provider', pt: 'Rejeitado pelo provedor' },
    detail: {
      en: 'Provider {provider} rejected the request: {reason}',
      pt: 'O provedor {provider} rejeitou a requisição: {reason}',
    },
  },
  context_too_long: {
    status: 422,
    title: { en: 'Too long for the model', pt: 'Longo demais para o modelo' },
    detail: {
      en: 'The messages, or what is to be generated, are longer than model {model} can take: {reason}',
      pt: 'As mensagens, ou o que deve ser gerado, são mais longas do que o modelo {model} aceita: {reason}',
    },
  },
  content_filtered: {
    status: 422,
    title: { en: 'Stopped by a content filter', pt: 'Barrado por um filtro de conteúdo' },
    detail: {
      en: 'The content filter of provider {provider} does not let the request through: {reason}',
      pt: 'O filtro de conteúdo do provedor {provider} não deixa a requisição passar: {reason}',
    },
  },
  model_unavailable: {
    status: 424,
    title: { en: 'Model not available at the provider', pt: 'Modelo indisponível no provedor' },
    detail: {
      en: 'Provider {provider} does not have model {model}, or not for this key.',
      pt: 'O provedor {provider} não tem o modelo {model}, ou não para esta chave.',
    },
  },
  api_key_rejected: {
    status: 424,
    title: { en: 'API key rejected', pt: 'API key recusada' },
    detail: {
      en: 'Provider {provider} does not accept the API key that you have stored; replace, deactivate or delete it.',
      pt: 'O provedor {provider} não aceita a API key que você armazenou; substitua, desative ou remova-a.',
    },
  },
  provider_quota_exhausted: {
    status: 424,
    title: { en: 'No credit at the provider', pt: 'Sem crédito no provedor' },
    detail: {
      en: 'The account of your API key has no credit left at provider {provider}.',
      pt: 'A conta da sua API key não tem mais crédito no provedor {provider}.',
    },
  },
  provider_rate_limited: {
    status: 503,
    title: { en: 'Provider limits requests', pt: 'O provedor limita as requisições' },
    detail: {
      en: 'Provider {provider} takes no more requests at the moment.',
      pt: 'O provedor {provider} não aceita mais requisições no momento.',
    },
  },
  provider_unavailable: {
    status: 503,
    title: { en: 'Provider unavailable', pt: 'Provedor indisponível' },
    detail: {
      en: 'Provider {provider} does not answer properly at the moment.',
      pt: 'O provedor {provider} não responde corretamente no momento.',
    },
  },
  circuit_open: {
    status: 503,
    title: { en: 'Circuit open', pt: 'Circuito aberto' },
    detail: {
      en: 'Too many calls of model {model} at provider {provider} failed lately; it is left alone for a while.',
      pt: 'Muitas chamadas do modelo {model} no provedor {provider} falharam; ele não é chamado por algum tempo.',
    },
  },
  answer_abandoned: {
    status: 410,
    title: { en: 'Answer given up', pt: 'Resposta abandonada' },
    detail: {
      en: 'The answer was given up before it was complete, because nobody read it any more.',
      pt: 'A resposta foi abandonada antes de ficar completa, porque ninguém mais a lia.',
    },
  },
  no_route: {
    status: 422,
    title: { en: 'No model can take the request', pt: 'Nenhum modelo pode atender à requisição' },
    detail: {
      en: 'None of the models of route {route} can take this request; see errors.',
      pt: 'Nenhum dos modelos da rota {route} pode atender a esta requisição; veja errors.',
    },
  },
} satisfies Record<string, CatalogEntry>;

import { OPENAI_DIALECT, OPENAI_EMBEDDINGS, type Provider } from '../provider.ts';

/** Whatever the operator runs: vLLM, Ollama and llama.cpp take `top_k` and parameters of their own beside OpenAI's. */
export const local: Provider = {
  id: 'local',
  name: 'Local',
  description: 'An OpenAI-compatible server beside this deployment, which needs no key.',
  documentationUrl: null,
  defaultModel: 'local-small',
  apiUrl: null,
  settings: (env) => (env.LOCAL_LLM_BASE_URL ? { baseUrl: env.LOCAL_LLM_BASE_URL, apiKey: 'none' } : {}),
  embeddings: OPENAI_EMBEDDINGS,
  dialect: { ...OPENAI_DIALECT, fields: { ...OPENAI_DIALECT.fields, top_k: 'taken' }, extras: null },
};

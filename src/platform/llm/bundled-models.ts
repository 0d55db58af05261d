/** A row of the model catalogue. Prices are US dollars per token, as exact decimals. */
export type CatalogModel = {
  id: string;
  name: string;
  provider: string;
  displayName: string;
  costPerTokenInput: string | null;
  costPerTokenOutput: string | null;
  contextWindow: number | null;
  maxTokensSupported: number | null;
  supportsFunctionCalling: boolean;
  supportsVision: boolean;
  supportsReasoning: boolean;
  supportsStreaming: boolean;
  isActive: boolean;
  status: 'active' | 'inactive' | 'maintenance' | 'deprecated';
};

type Facts = { prices: [string, string] } & Pick<
  CatalogModel,
  'contextWindow' | 'maxTokensSupported' | 'supportsFunctionCalling' | 'supportsVision' | 'supportsReasoning'
>;

const model = (
  id: string,
  provider: string,
  name: string,
  displayName: string,
  { prices: [costPerTokenInput, costPerTokenOutput], ...facts }: Facts,
): CatalogModel => ({
  id,
  provider,
  name,
  displayName,
  costPerTokenInput,
  costPerTokenOutput,
  ...facts,
  supportsStreaming: true,
  isActive: true,
  status: 'active',
});

/**
 * The models that a new database is seeded with, and the last tier of the catalogue when nothing else can be reached.
 * Prices are the providers' list prices; the table `llms` is what counts.
 */
export const BUNDLED_MODELS: readonly CatalogModel[] = [
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a01', 'openai', 'gpt-4o', 'GPT-4o', {
    prices: ['0.0000025', '0.00001'],
    contextWindow: 128_000,
    maxTokensSupported: 16_384,
    supportsFunctionCalling: true,
    supportsVision: true,
    supportsReasoning: false,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a02', 'openai', 'gpt-4-turbo', 'GPT-4 Turbo', {
    prices: ['0.00001', '0.00003'],
    contextWindow: 128_000,
    maxTokensSupported: 4_096,
    supportsFunctionCalling: true,
    supportsVision: true,
    supportsReasoning: false,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a03', 'openai', 'gpt-3.5-turbo', 'GPT-3.5 Turbo', {
    prices: ['0.0000005', '0.0000015'],
    contextWindow: 16_385,
    maxTokensSupported: 4_096,
    supportsFunctionCalling: true,
    supportsVision: false,
    supportsReasoning: false,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a04', 'anthropic', 'claude-3-opus', 'Claude 3 Opus', {
    prices: ['0.000015', '0.000075'],
    contextWindow: 200_000,
    maxTokensSupported: 4_096,
    supportsFunctionCalling: true,
    supportsVision: true,
    supportsReasoning: true,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a05', 'anthropic', 'claude-3-sonnet-20240229', 'Claude 3 Sonnet', {
    prices: ['0.000003', '0.000015'],
    contextWindow: 200_000,
    maxTokensSupported: 4_096,
    supportsFunctionCalling: true,
    supportsVision: true,
    supportsReasoning: true,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a06', 'anthropic', 'claude-3-haiku', 'Claude 3 Haiku', {
    prices: ['0.00000025', '0.00000125'],
    contextWindow: 200_000,
    maxTokensSupported: 4_096,
    supportsFunctionCalling: true,
    supportsVision: true,
    supportsReasoning: true,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a07', 'google', 'gemini-1.5-pro', 'Gemini 1.5 Pro', {
    prices: ['0.00000125', '0.000005'],
    contextWindow: 2_097_152,
    maxTokensSupported: 8_192,
    supportsFunctionCalling: true,
    supportsVision: true,
    supportsReasoning: false,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a08', 'google', 'gemini-1.5-flash', 'Gemini 1.5 Flash', {
    prices: ['0.000000075', '0.0000003'],
    contextWindow: 1_048_576,
    maxTokensSupported: 8_192,
    supportsFunctionCalling: true,
    supportsVision: true,
    supportsReasoning: false,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a09', 'llama', 'llama-3-70b', 'Llama 3 70B', {
    prices: ['0.00000059', '0.00000079'],
    contextWindow: 8_192,
    maxTokensSupported: 8_192,
    supportsFunctionCalling: false,
    supportsVision: false,
    supportsReasoning: false,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a10', 'llama', 'llama-3-8b', 'Llama 3 8B', {
    prices: ['0.00000005', '0.00000008'],
    contextWindow: 8_192,
    maxTokensSupported: 8_192,
    supportsFunctionCalling: false,
    supportsVision: false,
    supportsReasoning: false,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a11', 'llama', 'llama-2-70b', 'Llama 2 70B', {
    prices: ['0.0000007', '0.0000008'],
    contextWindow: 4_096,
    maxTokensSupported: 4_096,
    supportsFunctionCalling: false,
    supportsVision: false,
    supportsReasoning: false,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a12', 'grok', 'grok-1', 'Grok-1', {
    prices: ['0.000005', '0.000015'],
    contextWindow: 8_192,
    maxTokensSupported: 8_192,
    supportsFunctionCalling: false,
    supportsVision: false,
    supportsReasoning: false,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a13', 'deepseek', 'deepseek-chat', 'DeepSeek Chat', {
    prices: ['0.00000027', '0.0000011'],
    contextWindow: 65_536,
    maxTokensSupported: 8_192,
    supportsFunctionCalling: true,
    supportsVision: false,
    supportsReasoning: false,
  }),
  model('0b6f3c52-9f0e-4d0a-8f61-0c5b5f4f1a14', 'deepseek', 'deepseek-coder', 'DeepSeek Coder', {
    prices: ['0.00000014', '0.00000028'],
    contextWindow: 131_072,
    maxTokensSupported: 8_192,
    supportsFunctionCalling: true,
    supportsVision: false,
    supportsReasoning: false,
  }),
];

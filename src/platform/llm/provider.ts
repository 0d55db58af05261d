import type { Env } from '../../env.ts';
import type { Counting } from './counting.ts';

/** How to reach a provider: its OpenAI-compatible endpoint and the key to use there. */
export type Connection = {
  baseUrl: string;
  /** Empty where it takes none. */
  apiKey: string;
  organization?: string;
  /** A user chose the address: it is called by the guarded way alone. */
  guarded?: true;
  /** How its list of models takes the key, where that is not as a bearer token; null takes a header away. */
  listHeaders?: Record<string, string | null>;
};

/** The parts of a request that not every endpoint takes, by the names that a refusal shows. */
export type Field =
  | 'temperature'
  | 'max_tokens'
  | 'top_p'
  | 'top_k'
  | 'frequency_penalty'
  | 'presence_penalty'
  | 'stop'
  | 'seed'
  | 'tools'
  | 'tools.strict'
  | 'tool_choice'
  | 'parallel_tool_calls'
  | 'response_format.json_object'
  | 'response_format.json_schema'
  | 'reasoning_effort'
  | 'messages.name'
  | 'image_url'
  | 'image_url.https'
  | 'image_url.detail';

/** What stands in for a field that an endpoint ignores; see `emulations.ts`. */
export type Emulation = 'answer_tool' | 'schema_instruction' | 'thinking_budget';

/**
 * `taken` as it is, taken under another name (with a dot: inside an object), emulated, or `refused`: what an endpoint
 * would ignore is refused here, because it must not seem to have been heard.
 */
export type Support = 'taken' | 'refused' | { as: string } | { by: Emulation };

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const;

export type Effort = (typeof EFFORTS)[number];

/** What a provider's endpoint for chat takes. */
export type Dialect = {
  fields: Record<Field, Support>;
  /** What differs for its models that reason. */
  reasoning?: Partial<Record<Field, Support>>;
  /** The values of `reasoning_effort` that it knows. */
  efforts: readonly Effort[];
  /** The highest temperature, how many texts to stop at, whether those may be white space alone, the highest top_k. */
  maxTemperature: number;
  maxStops: number;
  blankStops: boolean;
  maxTopK: number;
  /** Whether it knows the role `developer`; where not, such messages are sent as `system`, which means the same. */
  developerRole: boolean;
  /** Whether a text may come in parts; where not, they are joined. */
  textParts: boolean;
  /** Whether the usage of a stream has to be asked for. */
  usageOnRequest: boolean;
  /** Whether it can give an answer in a `response_format` piece by piece. */
  streamsFormats: boolean;
  /** Sent with every request. */
  constants: Record<string, unknown>;
  /** What marks a last message of the assistant that a model is to go on with, where it can. */
  prefillMark: Record<string, unknown>;
  /** What `extra_params` may hold: names that are documented and cost nothing beyond tokens. Null: whatever it is. */
  extras: readonly string[] | null;
};

/** What a provider's endpoint for embeddings takes besides texts. */
export type EmbeddingDialect = {
  /** `input.tokens`: texts as the tokens that they have. */
  fields: Record<'dimensions' | 'user' | 'input.tokens', Exclude<Support, { by: Emulation }>>;
  /** Whether it can write vectors in base64; where not, it is not asked for a form at all. */
  base64: boolean;
};

/** What OpenAI's own endpoint for embeddings takes; the others know texts alone, and what else they say. */
export const OPENAI_EMBEDDINGS: EmbeddingDialect = {
  fields: { dimensions: 'taken', user: 'taken', 'input.tokens': 'taken' },
  base64: true,
};

export const embeddings = (fields: Partial<EmbeddingDialect['fields']> = {}): EmbeddingDialect => ({
  fields: { dimensions: 'refused', user: 'refused', 'input.tokens': 'refused', ...fields },
  base64: false,
});

export type Provider = {
  /** The name in the catalogue. */
  id: string;
  /** Other names that clients know it by. */
  aliases?: readonly string[];
  name: string;
  description: string;
  documentationUrl: string | null;
  /** The model to use when a request names none. */
  defaultModel: string | null;
  /** Where the provider itself serves its OpenAI-compatible API; null where that differs from customer to customer. */
  apiUrl: string | null;
  listHeaders?(apiKey: string): Record<string, string | null>;
  /** This deployment's address and key; either may be missing. */
  settings(env: Env): { baseUrl?: string; apiKey?: string; organization?: string };
  dialect: Dialect;
  /** Absent where it makes no embeddings. */
  embeddings?: EmbeddingDialect;
  /** Absent where it counts the tokens of no chat but those that it answers. */
  counting?: Counting;
};

/** What OpenAI's own endpoint takes of models that do not reason; the others are told by how they differ. */
export const OPENAI_DIALECT: Dialect = {
  fields: {
    temperature: 'taken',
    max_tokens: 'taken',
    top_p: 'taken',
    top_k: 'refused',
    frequency_penalty: 'taken',
    presence_penalty: 'taken',
    stop: 'taken',
    seed: 'taken',
    tools: 'taken',
    'tools.strict': 'taken',
    tool_choice: 'taken',
    parallel_tool_calls: 'taken',
    'response_format.json_object': 'taken',
    'response_format.json_schema': 'taken',
    reasoning_effort: 'taken',
    'messages.name': 'taken',
    image_url: 'taken',
    'image_url.https': 'taken',
    'image_url.detail': 'taken',
  },
  efforts: EFFORTS,
  maxTemperature: 2,
  maxStops: 4,
  blankStops: true,
  maxTopK: 100,
  developerRole: true,
  textParts: true,
  usageOnRequest: true,
  streamsFormats: true,
  constants: {},
  prefillMark: {},
  extras: [],
};

type Differences = Omit<Partial<Dialect>, 'fields'> & { fields?: Partial<Record<Field, Support>> };

/** OpenAI's dialect but for these differences; the role `developer` and names of speakers are OpenAI's alone. */
export const dialect = ({ fields, ...rest }: Differences): Dialect => ({
  ...OPENAI_DIALECT,
  developerRole: false,
  ...rest,
  fields: { ...OPENAI_DIALECT.fields, 'messages.name': 'refused', ...fields },
});

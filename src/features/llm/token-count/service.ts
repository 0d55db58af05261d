import { fromPico, toPico } from '../../../core/decimal.ts';
import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { countPromptTokens, countTokens } from '../../../platform/llm/tokens.ts';
import { loadCatalog, type Catalog } from '../catalog/tiers.ts';
import type { BuiltRequest } from '../service/build-request.ts';
import type { CalledModel } from '../service/called-model.ts';
import { chooseModel } from '../service/choose-model.ts';
import { mostInput } from '../service/may-cost.ts';
import { withToolCalls } from '../service/older-functions.ts';
import { planTarget } from '../service/plan-call.ts';
import { askProvider } from './ask-provider.ts';
import type { CountTokensInput, TokenCount } from './schemas.ts';

/** A count, by whom, and between which bounds the truth lies unless it is exact. */
type Counted = Pick<TokenCount, 'method'> & { tokens: number; atLeast: number; atMost: number };

/**
 * How many tokens a text or a chat has for a model, what sending it costs, and whether it fits.
 * @throws {AppError} `validation_failed` unless there is one of both, `provider_not_found`, `model_not_found`, or
 *   `unsupported_parameter` for a chat that the model cannot take
 */
export async function countInput(ctx: Ctx, input: CountTokensInput): Promise<TokenCount> {
  checkInput(input);
  const catalog = await loadCatalog(ctx);
  const [model, count] = input.messages ? await countChat(ctx, catalog, input) : await countText(ctx, catalog, input);
  const { tokens, method } = count;
  const isExact = method === 'counted';
  const price = model.costPerTokenInput;
  const cost = price === null ? null : fromPico(BigInt(tokens) * toPico(price));
  return {
    token_count: tokens,
    provider: model.provider,
    model: model.name,
    method,
    at_least: isExact ? tokens : Math.min(tokens, count.atLeast),
    at_most: isExact ? tokens : Math.max(tokens, count.atMost),
    context_window: model.contextWindow,
    fits_context: model.contextWindow === null ? null : tokens <= model.contextWindow,
    cost_usd: cost === null ? null : Number(cost),
    cost_usd_exact: cost,
  };
}

/** @throws {AppError} `validation_failed` */
function checkInput({ text, messages, tools }: CountTokensInput): void {
  if (text === undefined && !messages) throw invalid(['query', 'text'], 'is required, here or in the body', 'required');
  if (text !== undefined && messages) throw invalid(['body', 'messages'], 'cannot be combined with a text');
  if (tools && !messages) throw invalid(['body', 'tools'], 'are of a chat, which has messages');
}

async function countText(
  ctx: Ctx,
  catalog: Catalog,
  { text = '', provider, model: name }: CountTokensInput,
): Promise<[CalledModel, Counted]> {
  const model = chooseModel(catalog, ctx.env, { provider, model: name });
  const { tokens, exact } = await countTokens(ctx.env.ASSETS, model.name, text);
  return [model, { tokens, method: methodOf(exact), atLeast: countWords(text), atMost: Buffer.byteLength(text) }];
}

/** As the provider would get it; by the provider itself where it does that. */
async function countChat(
  ctx: Ctx,
  catalog: Catalog,
  { messages = [], tools, provider, model: name }: CountTokensInput,
): Promise<[CalledModel, Counted]> {
  const target = await planTarget(ctx, catalog, { messages, tools }, { provider, model: name });
  const { model, request } = target;
  const bounds = { atLeast: countWords(textOf(request.messages)), atMost: mostInput(request) };
  const asked = await askProvider(ctx, target, { messages: withToolCalls(messages), tools });
  if (asked !== null) return [model, { tokens: asked, method: 'provider', ...bounds }];
  const shown = request.parameters.tools;
  const { tokens, exact } = await countPromptTokens(ctx.env.ASSETS, model.name, request.messages, shown);
  return [model, { tokens, method: methodOf(exact), ...bounds }];
}

const methodOf = (exact: boolean) => (exact ? 'counted' : 'estimated');

const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0;

/** What is said in a chat. */
const textOf = (messages: BuiltRequest['messages']): string =>
  messages
    .flatMap(({ content }) => (Array.isArray(content) ? content.map((part) => part.text) : [content]))
    .filter((text) => typeof text === 'string')
    .join('\n');

const invalid = (loc: string[], msg: string, type = 'unsupported_value') =>
  new AppError('validation_failed', { fields: [{ loc, msg, type }] });

import { z } from '@hono/zod-openapi';

const TEXT_LIMIT = 1_000_000;

const text = (max = TEXT_LIMIT) => z.string().max(max);

const TextPart = z
  .strictObject({ type: z.literal('text'), text: text().openapi({ example: 'What is in this picture?' }) })
  .openapi('ChatTextPart');

const IMAGE_TYPES = ['png', 'jpeg', 'webp', 'gif'];
const IMAGE_DATA = new RegExp(`^data:image/(${IMAGE_TYPES.join('|')});base64,[A-Za-z\\d+/]+={0,2}$`);
const LINK_LIMIT = 2048;

/** An https address without a password, or the image itself. */
function isImage(url: string): boolean {
  if (url.startsWith('data:')) return IMAGE_DATA.test(url);
  const parsed = url.length <= LINK_LIMIT ? URL.parse(url) : null;
  return parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === '';
}

const ImagePart = z
  .strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({
      url: z
        .string()
        .max(TEXT_LIMIT)
        .refine(isImage, `must be an https address, or a data URL of ${IMAGE_TYPES.join(', ')} in base64`)
        .openapi({ example: 'https://example.com/picture.png' }),
      detail: z.enum(['auto', 'low', 'high']).optional().openapi({ description: 'How closely to look.' }),
    }),
  })
  .openapi('ChatImagePart');

const texts = z.union([text(), z.array(TextPart).min(1).max(100)]);

const ContentParts = z
  .array(z.discriminatedUnion('type', [TextPart, ImagePart]))
  .min(1)
  .max(100);

const speaker = text(64)
  .min(1)
  .optional()
  .openapi({ description: 'Tells apart speakers of one role.', example: 'ana' });

/** The name of a function, as OpenAI allows it. */
const FunctionName = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -')
  .openapi({ example: 'get_time' });

const functionCallFields = {
  name: FunctionName,
  arguments: text().openapi({ description: 'JSON, as the model wrote it.', example: '{"zone":"UTC"}' }),
};

const FunctionCall = z.strictObject(functionCallFields).openapi('ChatFunctionCall');

const CallId = text(200).min(1).openapi({ example: 'call_1' });

const ToolCall = z
  .strictObject({ id: CallId, type: z.literal('function'), function: FunctionCall })
  .openapi('ChatToolCall');

const Instruction = z
  .strictObject({ role: z.enum(['system', 'developer']), content: texts, name: speaker })
  .openapi('ChatInstruction', { description: 'Says how to answer.' });

const UserMessage = z
  .strictObject({
    role: z.literal('user'),
    content: z.union([text(), ContentParts]).openapi({ example: 'Say hello in Portuguese.' }),
    name: speaker,
  })
  .openapi('ChatUserMessage');

const assistantFields = {
  role: z.literal('assistant'),
  content: texts.nullish(),
  name: speaker,
  tool_calls: z.array(ToolCall).min(1).max(128).nullish(),
  function_call: FunctionCall.nullish(),
};

type Assistant = { content?: unknown; tool_calls?: unknown; function_call?: unknown };

const isGiven = (part: unknown) => part !== null && part !== undefined;

const saysSomething = ({ content, tool_calls: calls, function_call: call }: Assistant) =>
  [content, call].some(isGiven) || (Array.isArray(calls) && calls.length > 0);

const NOTHING_SAID = 'must have a content or a call';

const AssistantMessage = z
  .strictObject(assistantFields)
  .refine(saysSomething, NOTHING_SAID)
  .openapi('ChatAssistantMessage', { description: 'What the model said or called before.' });

const ToolMessage = z
  .strictObject({
    role: z.literal('tool'),
    content: texts,
    tool_call_id: CallId.openapi({ description: 'The call that it answers.' }),
    name: speaker.openapi({ description: 'Of the tool; the id says it already.' }),
  })
  .openapi('ChatToolMessage', { description: 'What a tool answered.' });

const FunctionMessage = z
  .strictObject({
    role: z.literal('function'),
    content: text().nullish().openapi({ description: 'What it answered.', example: '12:00' }),
    name: FunctionName,
  })
  .openapi('ChatFunctionMessage', { description: 'Older form of what a tool answered.' });

export const ChatMessage = z
  .discriminatedUnion('role', [UserMessage, Instruction, AssistantMessage, ToolMessage, FunctionMessage])
  .openapi('ChatMessage', { example: { role: 'user', content: 'Say hello in Portuguese.' } });

const REPEATED = 'What the client has read of it; not shown to the model.';

/** As clients put it together: it stands at its place in the list, and what they have parsed stands in the arguments. */
const OpenaiToolCall = z
  .strictObject({
    id: CallId,
    type: z.literal('function'),
    index: z.number().int().min(0).optional().openapi({ description: 'Its place, of a stream.', example: 0 }),
    function: z.strictObject({
      ...functionCallFields,
      parsed_arguments: z.unknown().optional().openapi({ description: REPEATED }),
    }),
  })
  .openapi('OpenaiSaidToolCall');

/** As OpenAI's clients hand an answer back: with all that it said, and what they have made of it. */
const OpenaiAssistantMessage = z
  .strictObject({
    ...assistantFields,
    tool_calls: z.array(OpenaiToolCall).max(128).nullish(),
    refusal: z.null().optional(),
    reasoning_content: text().nullish().openapi({ description: 'Not shown to the model again.' }),
    annotations: z.array(z.unknown()).max(0).nullish(),
    audio: z.null().optional(),
    parsed: z.unknown().optional().openapi({ description: REPEATED }),
  })
  .refine(saysSomething, NOTHING_SAID)
  .refine(({ content, parsed }) => isGiven(content) || !isGiven(parsed), {
    path: ['parsed'],
    error: 'must stand in the content as well',
  })
  .openapi('OpenaiAssistantMessage', { description: 'What the model said.' });

export const OpenaiMessage = z
  .discriminatedUnion('role', [UserMessage, Instruction, OpenaiAssistantMessage, ToolMessage, FunctionMessage])
  .openapi('OpenaiMessage', { example: { role: 'user', content: 'Say hello in Portuguese.' } });

const JsonObject = z.record(z.string(), z.unknown());

const FunctionDefinition = z
  .strictObject({
    name: FunctionName,
    description: text(10_000).optional().openapi({ example: 'Tells the time.' }),
    parameters: JsonObject.optional().openapi({
      description: 'A JSON Schema of the arguments.',
      example: { type: 'object', properties: { zone: { type: 'string' } } },
    }),
    strict: z
      .boolean()
      .nullish()
      .openapi({ description: 'Whether the arguments must follow the schema to the letter.' }),
  })
  .openapi('ChatFunction');

const Tool = z.strictObject({ type: z.literal('function'), function: FunctionDefinition }).openapi('ChatTool');

/** No two of the same name: a call could not be told whose it is. */
const distinct = <T extends z.ZodType>(item: T, nameOf: (value: z.output<T>) => string) =>
  z
    .array(item)
    .min(1)
    .max(128)
    .refine((items) => new Set(items.map(nameOf)).size === items.length, 'must not use a name twice');

export const Tools = distinct(Tool, (tool) => tool.function.name);

export const Functions = distinct(FunctionDefinition, ({ name }) => name);

export const ToolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: FunctionName }) }),
]);

export const FunctionChoice = z.union([z.enum(['none', 'auto']), z.strictObject({ name: FunctionName })]);

export type ChatMessage = z.infer<typeof ChatMessage>;
export type FunctionDefinition = z.infer<typeof FunctionDefinition>;

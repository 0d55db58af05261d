/** Clients of the three ways to ask for an answer, and what each of them sees of it. */

/** `plain`: in one piece. `stream`: in frames. `/v1 stream`: in the chunks that clients of OpenAI's read. */
export const SURFACES = ['plain', 'stream', '/v1 stream'] as const;

export type Surface = (typeof SURFACES)[number];

export interface Seen {
  text: string;
  /** `complete`, the code of an error with its status or `in the stream`, `left`; null where nothing told the end. */
  end: string | null;
  ms: number;
}

export interface Server {
  url: URL;
  token: string;
}

export interface Question {
  /** Of the request, by which the ledger is asked for it. */
  id: string;
  surface: Surface;
  content: string;
  /** The fields that name the model, or the route. */
  target: object;
  /** Goes away once this settles. */
  leave?: Promise<void>;
}

/** Longer than any answer here takes: what is not over by then never ends. */
const GIVE_UP_MS = 20_000;

export async function ask(server: Server, { id, surface, content, target, leave }: Question): Promise<Seen> {
  const left = new AbortController();
  void leave?.then(() => left.abort());
  const startedAt = performance.now();
  const seen: Omit<Seen, 'ms'> = { text: '', end: null };
  try {
    const response = await fetch(
      new URL(surface === '/v1 stream' ? '/v1/chat/completions' : '/api/v1/llm/chat', server.url),
      {
        method: 'POST',
        headers: { Authorization: `Bearer ${server.token}`, 'Content-Type': 'application/json', 'X-Request-Id': id },
        body: JSON.stringify({ messages: [{ role: 'user', content }], stream: surface !== 'plain', ...target }),
        signal: AbortSignal.any([left.signal, AbortSignal.timeout(GIVE_UP_MS)]),
      },
    );
    if (!response.ok) seen.end = `${codeOf(await response.json())} (${response.status})`;
    else if (surface === 'plain')
      Object.assign(seen, { text: ((await response.json()) as { content: string }).content, end: 'complete' });
    else for await (const event of readEvents(response)) READERS[surface](event, seen);
  } catch {
    seen.end = left.signal.aborted ? 'left' : null;
  }
  return { ...seen, ms: performance.now() - startedAt };
}

type Event = { event: string; data: string };

const READERS: Record<Exclude<Surface, 'plain'>, (event: Event, seen: Omit<Seen, 'ms'>) => void> = {
  stream({ event, data }, seen) {
    const frame = JSON.parse(data) as { content?: string };
    if (event === 'delta') seen.text += frame.content ?? '';
    if (event === 'done') seen.end = 'complete';
    if (event === 'error') seen.end = `${codeOf(frame)} in the stream`;
  },
  '/v1 stream'({ data }, seen) {
    if (data === '[DONE]') {
      seen.end = 'complete';
      return;
    }
    const chunk = JSON.parse(data) as { error?: object; choices?: { delta: { content?: string } }[] };
    if (chunk.error) seen.end = `${codeOf(chunk)} in the stream`;
    else seen.text += chunk.choices?.[0]?.delta.content ?? '';
  },
};

/** In either form of an error. */
function codeOf(body: unknown): string {
  const { code, error } = body as { code?: string; error?: { code?: string } | string };
  return (typeof error === 'object' ? error.code : code) ?? 'no code';
}

async function* readEvents({ body }: Response): AsyncGenerator<Event> {
  let rest = '';
  for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line): [string, string] => {
          const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line)!;
          return [name, value];
        }),
      );
      if (fields.has('data')) yield { event: fields.get('event') ?? '', data: fields.get('data')! };
    }
  }
}

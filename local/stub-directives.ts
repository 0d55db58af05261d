/** What a test asks of the model stub inside the last user message; the table stands in model-stub.ts. */
export interface Directives {
  id?: string;
  times?: number;
  tokens?: number;
  delay?: number;
  quick?: number;
  wait?: number;
  tool?: string;
  reasoning?: number;
  status?: number;
  code?: string;
  retry?: number;
  form?: string;
  lost?: number;
  cut?: number;
  end?: number;
  stall?: number;
  after: number;
  malformed: boolean;
  error: boolean;
  empty: boolean;
  formless: boolean;
  nousage: boolean;
}

const DIRECTIVE = /\[\[stub ([^\]]*)\]\]\s*/g;

const NONE: Directives = { after: 0, malformed: false, error: false, empty: false, formless: false, nousage: false };

/** Directives whose value is a word, and not a number. */
const WORDS = new Set(['id', 'tool', 'code', 'form']);

/** Separates what is said from what is asked of the stub. */
export function parseDirectives(text: string): { said: string; directives: Directives } {
  const words = [...text.matchAll(DIRECTIVE)].flatMap(([, body = '']) => body.trim().split(/\s+/));
  const entries = words.map((word) => {
    const [name = '', value] = word.split('=');
    return [name, value === undefined ? true : WORDS.has(name) ? value : Number(value)];
  });
  return { said: text.replace(DIRECTIVE, '').trim(), directives: { ...NONE, ...Object.fromEntries(entries) } };
}

/** The same call without its faults: what a retry meets once `times` calls have failed. */
export function withoutFaults({ id, tokens, delay, quick, tool, reasoning, nousage }: Directives): Directives {
  return { ...NONE, id, tokens, delay, quick, tool, reasoning, nousage };
}

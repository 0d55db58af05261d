import { RE2JS } from 're2js';

/** Longer ones are nobody's, and take memory when they are compiled. */
const PATTERN_LIMIT = 1_000;

/**
 * A regular expression of a user, matched in time linear in the text: JavaScript's own engine tries again from where it
 * was and can take for ever (`(a+)+$`), and nothing can stop it. The syntax is RE2's, which has neither references
 * (`\1`) nor look-around. Used like a RegExp with the flag g, by `exec` and `lastIndex`.
 */
export class SafeRegex {
  lastIndex = 0;
  /**
   * Whether looking for it ends where its match does. Where something follows a part of any length (`a[^b]*b|a`), each
   * match may be looked for up to the end of the text, so that many of them take quadratic time.
   */
  readonly isLocal: boolean;
  readonly #pattern: RE2JS;

  /** @throws {SyntaxError} */
  constructor({ source, flags }: Pick<RegExp, 'source' | 'flags'>) {
    ({ pattern: this.#pattern, isLocal: this.isLocal } = compile(source, flags));
  }

  exec(text: string): (RegExpExecArray & { index: number }) | null {
    const matcher = this.#pattern.matcher(text);
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0;
      return null;
    }
    this.lastIndex = matcher.end();
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, at) => matcher.group(at) ?? undefined);
    return Object.assign(groups, { index: matcher.start(), input: text }) as RegExpExecArray;
  }
}

/** Whether a pattern occurs in a text. @throws {SyntaxError} */
export const matchesPattern = (source: string, text: string): boolean =>
  new SafeRegex({ source, flags: '' }).exec(text) !== null;

const CACHE_LIMIT = 200;

type Compiled = { pattern: RE2JS; isLocal: boolean };

const cache = new Map<string, Compiled>();

function compile(source: string, flags: string): Compiled {
  if (source.length > PATTERN_LIMIT) {
    throw new SyntaxError(`a regular expression has at most ${PATTERN_LIMIT} characters`);
  }
  const key = `${flags}/${source}`;
  const known = cache.get(key);
  if (known) return known;
  const options =
    (flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0) |
    (flags.includes('m') ? RE2JS.MULTILINE : 0) |
    (flags.includes('s') ? RE2JS.DOTALL : 0);
  try {
    const pattern = RE2JS.compile(RE2JS.translateRegExp(source), options);
    const compiled = { pattern, isLocal: isLocal(source) };
    if (cache.size >= CACHE_LIMIT) cache.delete(cache.keys().next().value!);
    cache.set(key, compiled);
    return compiled;
  } catch (cause) {
    throw new SyntaxError((cause as Error).message, { cause });
  }
}

/** One character or class of them, and how often: groups and alternatives are none. */
const ATOM =
  /(?:\\[^\dckpPux]|\[(?:\\.|[^\]\\])+\]|[^\\()|[\]{}^$*+?])(\*\??|\+\??|\?{1,2}|\{\d{1,2}(?:,\d{1,2})?\}|)/y;

/** Whether a pattern is a row of characters, only the last of which may come any number of times. */
function isLocal(source: string): boolean {
  ATOM.lastIndex = 0;
  let isOpen = false;
  while (ATOM.lastIndex < source.length) {
    const atom = ATOM.exec(source);
    if (!atom || isOpen) return false;
    isOpen = /^[*+]/.test(atom[1]!);
  }
  return true;
}

/** A part of a text: as it is, or what stands between `{{` and `}}`, or a name in `${…}`. */
export type TemplatePart =
  | { kind: 'text'; text: string }
  | { kind: 'template'; source: string; inside: string }
  | { kind: 'variable'; source: string; name: string };

/** Names of the user's variables are in upper case, as they are kept: others belong to somebody else and stay. */
const VARIABLE = /\$\{([A-Z][A-Z0-9_]{0,254})\}/y;

const OPENING = new Set(['{', '(', '[']);
const CLOSING = new Set(['}', ')', ']']);

/** Takes a text apart in one pass. An opening `{{` without its end is text. */
export function scanTemplates(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let from = 0;
  const push = (part: TemplatePart, at: number) => {
    if (at > from) parts.push({ kind: 'text', text: text.slice(from, at) });
    parts.push(part);
    from = at + ('source' in part ? part.source.length : 0);
  };
  for (let at = nextMark(text, 0); at !== -1; at = nextMark(text, Math.max(at + 1, from))) {
    if (text[at] === '$') {
      VARIABLE.lastIndex = at;
      const found = VARIABLE.exec(text);
      if (found) push({ kind: 'variable', source: found[0], name: found[1]! }, at);
      continue;
    }
    const end = findEnd(text, at + 2);
    // What does not end here does not end further on either.
    if (end === -1) break;
    push({ kind: 'template', source: text.slice(at, end + 2), inside: text.slice(at + 2, end).trim() }, at);
  }
  if (from < text.length || parts.length === 0) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}

function nextMark(text: string, from: number): number {
  for (let at = from; at < text.length - 1; at++) {
    if ((text[at] === '{' || text[at] === '$') && text[at + 1] === '{') return at;
  }
  return -1;
}

/** Where the `}}` stands that ends a template: outside of its strings and of what it has in brackets. */
function findEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"' || character === "'") at = skipString(text, at);
    else if (depth === 0 && character === '}' && text[at + 1] === '}') return at;
    else if (OPENING.has(character)) depth++;
    else if (CLOSING.has(character)) depth = Math.max(0, depth - 1);
  }
  return -1;
}

function skipString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === text[from]) return at;
  }
  return text.length;
}

/** Whether anything in a value would be put in at run time. */
export function hasTemplate(value: unknown): boolean {
  if (typeof value === 'string') return scanTemplates(value).some(({ kind }) => kind !== 'text');
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasTemplate);
}

/** A name of the user's variables, which stands alone between `{{` and `}}`. */
export const VARIABLE_NAME = /^[A-Z][A-Z0-9_]{0,254}$/;

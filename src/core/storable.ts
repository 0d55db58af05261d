/** Deeper than any document that people write, and shallow enough for everything that walks it by recursion. */
const DEPTH_LIMIT = 64;

export type Unstorable = { path: (string | number)[]; reason: string };

/**
 * The first part of an input that the database would refuse: NUL, a lone surrogate (PostgreSQL's `text` and `jsonb`
 * take neither), or nesting without end. Null when there is none. Walks without recursion, which such input would end.
 */
export function findUnstorable(input: unknown): Unstorable | null {
  const open: { value: unknown; path: (string | number)[] }[] = [{ value: input, path: [] }];
  for (let at = open.pop(); at; at = open.pop()) {
    const { value, path } = at;
    if (typeof value === 'string') {
      const reason = textFault(value);
      if (reason) return { path, reason };
    } else if (typeof value === 'object' && value !== null) {
      if (path.length >= DEPTH_LIMIT) return { path: path.slice(0, 3), reason: `nests deeper than ${DEPTH_LIMIT}` };
      for (const [key, child] of Object.entries(value)) {
        const reason = textFault(key);
        if (reason) return { path, reason };
        open.push({ value: child, path: [...path, Array.isArray(value) ? Number(key) : key] });
      }
    }
  }
  return null;
}

function textFault(text: string): string | null {
  if (text.includes('\0')) return 'must not contain NUL';
  return text.isWellFormed() ? null : 'must be well-formed Unicode';
}

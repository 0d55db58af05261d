/** Ids of this form stand in texts as words. */
const WORD = /[\w-]+/g;
const IS_WORD = /^[\w-]+$/;

/** Names under which a scope holds the outputs of all nodes. */
const ALL_NODES = 'nodes';

/** Ids of the nodes of a definition, and those of them that are looked for in another way. */
export type NodeIds = { ids: ReadonlySet<string>; unusual: readonly string[] };

export function toNodeIds(all: readonly string[]): NodeIds {
  return { ids: new Set(all), unusual: all.filter((id) => !IS_WORD.test(id)) };
}

/**
 * Nodes whose outputs a configuration may speak of: each id that occurs in it. To name one too many costs little. One that
 * speaks of all nodes without naming any gets all of them, which is null.
 */
export function referencesOf(config: Record<string, unknown>, { ids, unusual }: NodeIds): string[] | null {
  const found = new Set<string>();
  let speaksOfAll = false;
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      for (const [word] of value.matchAll(WORD)) {
        // A hyphen is part of an id, or takes one value from another.
        for (const part of [word, ...word.split('-')]) {
          if (ids.has(part)) found.add(part);
          if (part === ALL_NODES) speaksOfAll = true;
        }
      }
      for (const id of unusual) if (value.includes(id)) found.add(id);
    }
    if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        // What names the field may name a node too, in a mapping.
        if (ids.has(name)) found.add(name);
        visit(inner);
      }
    }
  };
  visit(config);
  return speaksOfAll && found.size === 0 ? null : [...found];
}

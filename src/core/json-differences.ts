import { toPointer } from './json-pointer.ts';

export type JsonDifference = { op: 'add' | 'remove' | 'replace'; path: string; before: unknown; after: unknown };

/**
 * Where two values of JSON differ: paths as JSON Pointers (RFC 6901), named as by JSON Patch (RFC 6902) with what was there
 * before. Meant to be read only as far as somebody wants to know. The order of keys makes no difference.
 */
export function* differencesOf(before: unknown, after: unknown, path = ''): Generator<JsonDifference> {
  if (before === after) return;
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) {
    yield { op: 'replace', path, before, after };
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const at = path + toPointer([key]);
    // Its own alone: a key of a user's may be called as a method of every object is.
    if (!Object.hasOwn(after, key)) yield { op: 'remove', path: at, before: before[key], after: null };
    else if (!Object.hasOwn(before, key)) yield { op: 'add', path: at, before: null, after: after[key] };
    else yield* differencesOf(before[key], after[key], at);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

import type { IsExpression } from '../templates/resolve.ts';

/** Reads the paths of fields that are expressions, such as `cases.*.condition`. */
export function compileExpressionPaths(paths: readonly string[]): IsExpression {
  const patterns = paths.map((path) => path.split('.'));
  return (path) =>
    patterns.some(
      (pattern) =>
        pattern.length === path.length && pattern.every((part, at) => part === '*' || part === String(path[at])),
    );
}

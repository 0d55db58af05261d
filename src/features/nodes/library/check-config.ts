import type { z } from 'zod';
import { ExpressionError } from '../../../core/expressions.ts';
import { readExpression } from '../templates/evaluate.ts';
import { hasTemplate, scanTemplates, VARIABLE_NAME } from '../templates/scan.ts';
import { compileExpressionPaths } from './expression-paths.ts';
import type { NodeType } from './node-type.ts';

/** What is wrong with a field of a configuration, its path joined by dots; `config` for the whole. */
export type ConfigFault = { field: string; message: string };

/**
 * What is wrong with a configuration as somebody wrote it. Templates in place of values are no fault, because nobody
 * knows what they will be; expressions must be ones.
 */
export function checkNodeConfig(type: NodeType, config: Record<string, unknown>): ConfigFault[] {
  const parsed = type.config.safeParse(config);
  const issues = parsed.success ? [] : parsed.error.issues.filter(({ path }) => !isLeftOpen(config, path));
  return [...issues.map(describeIssue), ...findExpressionFaults(type, config)];
}

export const describeIssue = ({ path, message }: z.core.$ZodIssue): ConfigFault => ({
  field: path.join('.') || 'config',
  message,
});

/** Whether the value at a path is, or has in it, something that only the run knows. */
function isLeftOpen(config: Record<string, unknown>, path: readonly PropertyKey[]): boolean {
  if (path.length === 0) return false;
  let value: unknown = config;
  for (const key of path) {
    if (typeof value === 'string') return hasTemplate(value);
    value = typeof value === 'object' && value !== null ? value[key as never] : undefined;
  }
  return hasTemplate(value);
}

function findExpressionFaults(type: NodeType, config: Record<string, unknown>): ConfigFault[] {
  const isExpression = compileExpressionPaths(type.expressions);
  const faults: ConfigFault[] = [];
  const check = (text: string, path: readonly (string | number)[]) => {
    const fault = faultOf(text);
    if (fault) faults.push({ field: path.join('.'), message: fault });
  };
  const visit = (value: unknown, path: readonly (string | number)[]) => {
    if (typeof value === 'string') {
      if (isExpression(path)) return check(value, path);
      for (const part of scanTemplates(value)) {
        // A name or a path may be that of a node, which is no expression where it has a dash in it.
        const isPlain =
          part.kind !== 'template' || VARIABLE_NAME.test(part.inside) || /^[\w.[\]$-]+$/.test(part.inside);
        if (part.kind === 'template' && !isPlain) check(part.inside, path);
      }
    } else if (Array.isArray(value)) value.forEach((item, at) => visit(item, [...path, at]));
    else if (typeof value === 'object' && value !== null) {
      for (const [name, field] of Object.entries(value)) visit(field, [...path, name]);
    }
  };
  visit(config, []);
  return faults;
}

function faultOf(text: string): string | null {
  try {
    readExpression(text);
    return null;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return error.position === null ? error.message : `${error.message} (at character ${error.position})`;
  }
}

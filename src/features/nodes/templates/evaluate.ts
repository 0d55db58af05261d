import {
  compileExpression,
  evaluateExpression,
  ExpressionError,
  type CompiledExpression,
  type ExpressionBudget,
} from '../../../core/expressions.ts';
import { NodeError, type NodeScope } from '../library/node-type.ts';
import { scanTemplates, VARIABLE_NAME } from './scan.ts';
import { expressionInput, fixedNames } from './scope-view.ts';

/** An expression whose templates have become parts of it, and the user's variables that it names. */
export type ReadExpression = { compiled: CompiledExpression; variables: string[] };

/** Where expressions find the user's variables, because their names are no names of fields. */
const VARIABLES = 'user_variables';

/**
 * Reads an expression. In it `{{path}}` stands for `(path)`, as somebody writes who is used to templates, and
 * `{{NAME}}` and `${NAME}` for the user's variable, whose value is bound and never becomes part of the expression.
 * @throws {ExpressionError} `expression_invalid`
 */
export function readExpression(text: string): ReadExpression {
  const variables = new Set<string>();
  const refer = (name: string) => {
    variables.add(name);
    return `$${VARIABLES}.${name}`;
  };
  const written = scanTemplates(text).map((part) => {
    if (part.kind === 'text') return part.text;
    if (part.kind === 'variable') return refer(part.name);
    return VARIABLE_NAME.test(part.inside) ? refer(part.inside) : `(${part.inside})`;
  });
  return { compiled: compileExpression(written.join('')), variables: [...variables] };
}

/**
 * Evaluates an expression over the input of a node; `$input`, `$variables` and all other names are bound too.
 * @param more further names, without `$`.
 * @throws {ExpressionError}
 */
export async function evaluateInScope(
  { compiled }: ReadExpression,
  scope: NodeScope,
  more: Record<string, unknown> = {},
  input: unknown = expressionInput(scope, compiled.names),
  budget?: ExpressionBudget,
): Promise<unknown> {
  return evaluateExpression(compiled, input, { ...fixedNames(scope), ...more }, budget, scope.clock);
}

export const userVariables = (values: Record<string, unknown>) => ({ [VARIABLES]: values });

/** An expression that failed, as a node that did. */
export function toNodeError(error: unknown, field: string): unknown {
  if (!(error instanceof ExpressionError)) return error;
  const { code, message, position } = error;
  const details = { field, ...(position !== null && { position }) };
  return new NodeError(code, `${field}: ${message}`, { details, cause: error });
}

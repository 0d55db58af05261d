import { AppError } from '../../../core/errors.ts';
import { compileExpression, evaluateExpression, ExpressionBudget, ExpressionError } from '../../../core/expressions.ts';

/** An event is small, and is looked at by each trigger. */
const LIMITS = { steps: 50_000, outputBytes: 10_000, memoryBytes: 4 * 1024 * 1024 };

/** @throws {AppError} `validation_failed` for one that is no expression */
export function requireFilter(filter: string | null | undefined): void {
  if (filter === null || filter === undefined) return;
  try {
    compileExpression(filter);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const fields = [{ loc: ['body', 'filter'], msg: error.message, type: error.code }];
    throw new AppError('validation_failed', { fields });
  }
}

/** Whether an event is one that the filter lets through. @throws {ExpressionError} */
export const passes = async (filter: string | null, event: unknown): Promise<boolean> =>
  filter === null ||
  (await evaluateExpression(compileExpression(filter), event, {}, new ExpressionBudget(LIMITS))) === true;

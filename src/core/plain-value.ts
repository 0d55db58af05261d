import { limitError, type ExpressionLimits } from './expression-budget.ts';

/**
 * The result of an expression as plain JSON: arrays of the language carry marks of their own, objects have no prototype,
 * and functions are no values for anybody else. Undefined where there is none.
 */
export function toPlainValue(value: unknown, { outputBytes, depth }: ExpressionLimits): unknown {
  let bytes = 0;
  const take = (count: number) => {
    bytes += count;
    if (bytes > outputBytes) throw limitError(`results in more than ${outputBytes} bytes`);
  };

  const copy = (from: unknown, level: number): unknown => {
    if (level > depth) throw limitError(`results in values deeper than ${depth}`);
    if (typeof from === 'string') take(Buffer.byteLength(from) + 2);
    else take(4);
    if (typeof from === 'number') return Number.isFinite(from) ? from : null;
    if (typeof from === 'bigint') return String(from);
    if (typeof from === 'function' || typeof from === 'symbol' || isFunctionValue(from)) return undefined;
    if (typeof from !== 'object' || from === null) return from;
    if (Array.isArray(from)) return from.map((item) => copy(item, level + 1) ?? null);
    if (from instanceof Date) return from.toJSON();
    const result: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(from)) {
      take(Buffer.byteLength(name) + 3);
      const plain = copy(field, level + 1);
      // Set by definition: assigning `__proto__` would set the prototype.
      if (plain !== undefined)
        Object.defineProperty(result, name, { value: plain, enumerable: true, writable: true, configurable: true });
    }
    return result;
  };

  return copy(value, 0);
}

const isFunctionValue = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('_jsonata_lambda' in value || '_jsonata_function' in value);

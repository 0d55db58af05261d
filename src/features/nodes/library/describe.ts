import { z } from 'zod';
import { notFound } from '../../../core/errors.ts';
import { effectOf, findNodeType, nodeTypes } from './catalog.ts';
import type { NodeType } from './node-type.ts';
import type { NodeTypeInfo } from './schemas.ts';

/** Every kind of node, for whoever makes workflows. */
export const describeNodeTypes = (): NodeTypeInfo[] => nodeTypes().map(describe);

/** @throws {AppError} `not_found` */
export function describeNodeType(name: string): NodeTypeInfo {
  const type = findNodeType(name);
  if (!type) throw notFound('node type');
  return describe(type);
}

const describe = (type: NodeType): NodeTypeInfo => ({
  type: type.type,
  aliases: [...type.aliases],
  title: type.title,
  description: type.description,
  category: type.category,
  inputs: type.control === 'trigger' ? [] : ['input'],
  outputs: [...outputsOf(type), 'error'],
  effect: effectOf(type, type.example.config),
  default_timeout_seconds: type.defaultTimeoutSeconds,
  expressions: [...type.expressions],
  config_schema: z.toJSONSchema(type.config, { io: 'input', unrepresentable: 'any' }),
  input_schema: type.input,
  output_schema: type.output,
  example: type.example,
});

/** A kind that goes on one way only has the one port that all have. */
function outputsOf(type: NodeType): readonly string[] {
  const own = type.outputs(type.example.config);
  return own.length === 0 ? ['output'] : own;
}

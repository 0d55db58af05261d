import type { NodeRow } from './queries.ts';
import type { Node } from './schemas.ts';

export function presentNode(row: NodeRow): Node {
  return {
    id: row.id,
    user_id: row.createdBy,
    workspace_id: row.workspaceId,
    name: row.name,
    description: row.description,
    type: row.type,
    category: row.category,
    is_public: row.isPublic,
    status: row.status,
    icon: row.icon,
    color: row.color,
    version: `1.0.${row.version}`,
    code_template: row.codeTemplate,
    input_schema: row.inputSchema,
    output_schema: row.outputSchema,
    parameters_schema: row.parametersSchema,
    documentation: row.documentation,
    examples: row.examples,
    downloads_count: row.downloadsCount,
    usage_count: row.usageCount,
    rating_average: averageOf(row),
    rating_count: row.ratingCount,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** To two places; nobody tells 4.333 from 4.33. */
export const averageOf = ({ ratingCount, ratingTotal }: Pick<NodeRow, 'ratingCount' | 'ratingTotal'>): number =>
  ratingCount === 0 ? 0 : Math.round((ratingTotal / ratingCount) * 100) / 100;

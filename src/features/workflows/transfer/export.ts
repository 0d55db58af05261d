import type { Ctx } from '../../../context.ts';
import { readDefinition } from '../definition/read-definition.ts';
import { withoutSecrets } from '../definition/without-secrets.ts';
import { isForeign } from '../guards.ts';
import { countDownload } from '../workflows/queries.ts';
import { requireWorkflow } from '../workflows/service/read.ts';
import { FORMAT, SCHEMA_VERSION, type WorkflowDocument } from './schemas.ts';

/** A workflow as a document to take elsewhere; of a public one of others it is counted. @throws {AppError} `not_found` */
export async function exportWorkflow(ctx: Ctx, workflowId: string): Promise<WorkflowDocument> {
  const row = await requireWorkflow(ctx, workflowId);
  if (isForeign(ctx, row)) await countDownload(ctx.db, row.id);
  const { name, description, category, tags } = row;
  const definition = withoutSecrets(row.definition);
  return {
    format: FORMAT,
    schema_version: SCHEMA_VERSION,
    exported_at: new Date().toISOString(),
    workflow: { name, description, category, tags, definition },
    required_variables: readDefinition(definition).variables,
  };
}

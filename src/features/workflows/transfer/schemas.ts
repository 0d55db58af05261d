import { z } from '@hono/zod-openapi';
import { DateTime, line } from '../../../http/schemas.ts';
import { Definition } from '../../../http/workflow-definition.ts';
import { DefinitionValidation } from '../validation/schemas.ts';
import { Workflow, WorkflowCreate } from '../workflows/schemas.ts';
import { readDocument } from './read-document.ts';

/** The format of what is exported; a later one is another number. */
export const FORMAT = 'synapscale.workflow';
export const SCHEMA_VERSION = 1;

export const WorkflowDocument = z
  .object({
    format: z.literal(FORMAT).openapi({ description: 'What this is.' }),
    schema_version: z.literal(SCHEMA_VERSION).openapi({ description: 'Of this format.', example: SCHEMA_VERSION }),
    exported_at: DateTime,
    workflow: z.object({
      name: z.string().openapi({ example: 'Answer orders' }),
      description: z.string().nullable().openapi({ example: 'Fetches each new order and writes an answer.' }),
      category: z.string().nullable().openapi({ example: 'support' }),
      tags: z.array(z.string()).openapi({ example: ['orders'] }),
      definition: Definition,
    }),
    required_variables: z.array(z.string()).openapi({
      description: 'Variables that it needs where it is imported, by name.',
      example: ['API_KEY'],
    }),
  })
  .openapi('WorkflowDocument', { description: 'A workflow to take elsewhere: without ids of people and secrets.' });

export type WorkflowDocument = z.infer<typeof WorkflowDocument>;

/** What others have exported may say more, or say it otherwise: what it comes to is checked as if it had been sent. */
export const WorkflowImport = z
  .looseObject({
    name: line(1, 255).optional().openapi({ description: 'What to call it; the name in the document otherwise.' }),
    document: z
      .looseObject({})
      .optional()
      .openapi({ description: 'What was exported, as a field of its own instead of the body.' }),
  })
  .transform((written, context) => {
    const { name, document } = written;
    const read = readDocument(document ?? written);
    if (!read) {
      context.addIssue({ code: 'custom', path: ['definition'], message: 'is not to be found: there are no nodes' });
      return z.NEVER;
    }
    const parsed = WorkflowCreate.safeParse({ ...read, name: (document && name) ?? read.name ?? 'Imported workflow' });
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  })
  .openapi('WorkflowImport', {
    description:
      'What `export` has answered; or a definition with a name, whose connections may be called edges; or what n8n ' +
      'exports, whose nodes keep their settings, so that those of other names are told as faults.',
    example: { name: 'Answer orders', nodes: [{ id: 'start', type: 'trigger' }], connections: [] },
  });

export const WorkflowImported = z
  .object({
    workflow: Workflow,
    validation: DefinitionValidation.openapi({ description: 'What is to be done before it runs.' }),
  })
  .openapi('WorkflowImported');

export type WorkflowImported = z.infer<typeof WorkflowImported>;

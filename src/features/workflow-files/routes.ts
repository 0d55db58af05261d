import { z } from '@hono/zod-openapi';
import { endpoint } from '../../http/endpoint.ts';
import { matchingVersions, versionTag } from '../../http/etag.ts';
import { message } from '../../http/messages.ts';
import { json, jsonList, nextCursorHeader, type JsonBody } from '../../http/respond.ts';
import { createRouter } from '../../http/router.ts';
import { Message } from '../../http/schemas.ts';
import { FileQuery, ListFilesQuery, WorkflowFile } from './schemas.ts';
import { deleteFile, listFiles, openFile, writeFile } from './service.ts';

export const workflowFilesRouter = createRouter();

const TAG = 'Workflows';
const BASE = '/api/v1/workflow-files';
const CONTENT = `${BASE}/content`;
const BINARY = 'application/octet-stream';

const bytes = { [BINARY]: { schema: { type: 'string' as const, format: 'binary' } } };

workflowFilesRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listWorkflowFiles',
    summary: 'List the files that workflows share',
    description: 'Those of the workspace, by their paths.',
    tag: TAG,
    access: 'workflows:read',
    request: { query: ListFilesQuery },
    responses: { 200: jsonList('Files.', z.array(WorkflowFile)) },
  }),
  async (c) => {
    const { items, nextCursor } = await listFiles(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

workflowFilesRouter.openapi(
  endpoint({
    method: 'get',
    path: CONTENT,
    operationId: 'readWorkflowFile',
    summary: 'Read a file',
    description: 'As a download, whatever it is.',
    tag: TAG,
    access: 'workflows:read',
    request: { query: FileQuery },
    responses: {
      200: {
        description: 'What is in it.',
        headers: z.object({
          ETag: z.string().openapi({ description: 'Names this version of it.', example: '"v3"' }),
          'Content-Disposition': z.string().openapi({ description: 'Its name.', example: 'attachment' }),
        }),
        content: bytes,
      },
    },
    errors: ['service_unavailable'],
  }),
  async (c) => {
    const { file, content } = await openFile(c.var.ctx, c.req.valid('query').path);
    // Somebody's file is never shown as a page of this host.
    return c.body(content.body, 200, {
      'Content-Type': BINARY,
      'Content-Length': String(content.size),
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.path.split('/').at(-1)!)}`,
      ETag: versionTag(file.version),
    }) as never;
  },
);

workflowFilesRouter.openapi(
  endpoint({
    method: 'put',
    path: CONTENT,
    operationId: 'writeWorkflowFile',
    summary: 'Write a file',
    description:
      'The body as it is, 10 MiB at the most, in place of a file that has the path. It counts against the storage of the ' +
      'workspace.',
    tag: TAG,
    access: 'workflows:write',
    ifMatch: true,
    request: { query: FileQuery, body: { content: bytes, required: true } as unknown as JsonBody<z.ZodType> },
    responses: { 200: json('The file.', WorkflowFile) },
    errors: ['limit_reached'],
  }),
  async (c) => {
    const content = {
      bytes: new Uint8Array(await c.req.raw.arrayBuffer()),
      contentType: (c.req.header('content-type') ?? BINARY).slice(0, 200),
      versions: matchingVersions(c.req.header('if-match')),
    };
    const file = await writeFile(c.var.ctx, c.req.valid('query').path, content);
    return c.json(file, 200, { ETag: versionTag(file.version) });
  },
);

workflowFilesRouter.openapi(
  endpoint({
    method: 'delete',
    path: CONTENT,
    operationId: 'deleteWorkflowFile',
    summary: 'Delete a file',
    tag: TAG,
    access: 'workflows:write',
    ifMatch: true,
    request: { query: FileQuery },
    responses: { 200: json('It is deleted.', Message) },
  }),
  async (c) => {
    await deleteFile(c.var.ctx, c.req.valid('query').path, matchingVersions(c.req.header('if-match')));
    return c.json(message(c, { en: 'File deleted.', pt: 'Arquivo excluído' }), 200);
  },
);

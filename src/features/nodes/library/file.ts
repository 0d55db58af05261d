import { z } from 'zod';
import { requireWorkspace } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { allows, type Permission } from '../../../core/permissions.ts';
import {
  deleteFile,
  FILE_BYTES,
  listFiles,
  mayUseFiles,
  openFile,
  pathFault,
  writeFile,
} from '../../workflow-files/index.ts';
import { hasTemplate } from '../templates/scan.ts';
import { defineNodeType, NodeError, type RunMeans } from './node-type.ts';

const OPERATIONS = ['read', 'write', 'append', 'list', 'delete'] as const;

const LISTED_LIMIT = 1_000;

const APPEND_TRIES = 5;

const Config = z
  .looseObject({
    operation: z.enum(OPERATIONS).default('read').meta({ description: 'What to do.' }),
    path: z
      .string()
      .default('')
      .meta({ description: 'The file, names divided by `/`; of `list`, what paths begin with.' }),
    content: z
      .unknown()
      .optional()
      .meta({ description: 'What to write; else what came in. Anything but a text goes as JSON.' }),
    encoding: z
      .enum(['text', 'json', 'base64'])
      .optional()
      .meta({ description: 'How the content is written here: as it is, as JSON, or bytes in base64. Else `text`.' }),
    content_type: z.string().min(1).max(200).optional().meta({ description: 'Of what is written.' }),
  })
  .superRefine(({ operation, path }, check) => {
    const fault = operation === 'list' || hasTemplate(path) ? null : pathFault(path);
    if (fault) check.addIssue({ code: 'custom', path: ['path'], message: fault });
  });

type Config = z.infer<typeof Config>;

export const fileNode = defineNodeType({
  type: 'file',
  aliases: ['files', 'workflow_file', 'read_file', 'write_file'],
  title: 'File',
  description:
    'Reads, writes, lists and deletes files that the workflows of the workspace share, each of 10 MiB at the most. To write ' +
    'a file overwrites it whole; `append` adds to a text. Workflows of strangers have no part in them.',
  category: 'data',
  outputs: () => [],
  control: null,
  effect: ({ operation = 'read' }) =>
    operation === 'append' ? 'unsafe' : operation === 'write' || operation === 'delete' ? 'idempotent' : 'pure',
  config: Config,
  expressions: [],
  input: {},
  output: {
    type: 'object',
    description:
      'The file; of `read` with its `content`, of `list` `{files, has_more}`, of `delete` `{path, deleted}`.',
    properties: {
      path: { type: 'string' },
      size_bytes: { type: 'integer' },
      content_type: { type: 'string' },
      checksum: { type: 'string' },
      version: { type: 'integer' },
      content: {},
    },
  },
  example: {
    config: { operation: 'write', path: 'reports/{{input.month}}.json', content: '{{input.rows}}', encoding: 'json' },
    input: { month: '2026-11', rows: [1, 2] },
    output: {
      path: 'reports/2026-11.json',
      size_bytes: 5,
      content_type: 'application/json',
      checksum: 'a615eeaee21de5179de080de8c3052c8da901138406ba71c38c032845f7d54f4',
      version: 1,
    },
  },
  defaultTimeoutSeconds: 60,
  async run(means, config) {
    await requireAccess(means, config.operation === 'read' || config.operation === 'list');
    try {
      return { kind: 'done', output: await WORK[config.operation](means, config) };
    } catch (error) {
      throw toFailure(error, config);
    }
  },
});

/** Somebody else's workflow may run here, and somebody who has no part in the workspace may have written it. */
async function requireAccess({ ctx, scope }: RunMeans, isRead: boolean): Promise<void> {
  const permission: Permission = isRead ? 'workflows:read' : 'workflows:write';
  if (!allows(requireWorkspace(ctx.actor), permission)) {
    throw new NodeError('forbidden', `Whoever started the execution does not hold ${permission} here.`);
  }
  if (ctx.grants === null || (await mayUseFiles(ctx, scope.execution.workflow_id))) return;
  throw new NodeError('not_granted', 'A workflow of another workspace has no part in the files of this one.');
}

type Work = (means: RunMeans, config: Config) => Promise<unknown>;

const WORK: Record<Config['operation'], Work> = {
  async read({ ctx }, { path, encoding = 'text' }) {
    const { file, content } = await openFile(ctx, path);
    if (encoding === 'base64') {
      return { ...shown(file), content: Buffer.from(await content.arrayBuffer()).toString('base64') };
    }
    const text = await content.text();
    return { ...shown(file), content: encoding === 'json' ? parse(text, path) : text };
  },

  async write({ ctx, scope }, config) {
    return shown(await writeFile(ctx, config.path, { ...encode(config, scope.input), versions: null }));
  },

  /** What somebody else adds meanwhile is not lost: whoever comes second reads it and tries again. */
  async append({ ctx, scope }, config) {
    const { bytes, contentType } = encode(config, scope.input);
    for (let tries = 1; tries <= APPEND_TRIES; tries++) {
      const former = await openFile(ctx, config.path).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found') return null;
        throw error;
      });
      const head = former ? new Uint8Array(await former.content.arrayBuffer()) : new Uint8Array();
      const whole = Buffer.concat([head, bytes]);
      try {
        const content = { bytes: whole, contentType: former?.file.content_type ?? contentType };
        return shown(await writeFile(ctx, config.path, { ...content, versions: [former?.file.version ?? 0] }));
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'precondition_failed') throw error;
      }
    }
    throw new NodeError('file_busy', `Too many write to ${config.path} at the same time.`, { isRetryable: true });
  },

  async list({ ctx }, { path }) {
    const { items, nextCursor } = await listFiles(ctx, { prefix: path, limit: LISTED_LIMIT });
    return { files: items.map(shown), has_more: nextCursor !== null };
  },

  /** One that is not there is what was wanted. */
  async delete({ ctx }, { path }) {
    try {
      await deleteFile(ctx, path);
      return { path, deleted: true };
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') return { path, deleted: false };
      throw error;
    }
  },
};

type Shown = { path: string; size_bytes: number; content_type: string; checksum: string; version: number };

const shown = ({ path, size_bytes, content_type, checksum, version }: Shown): Shown => ({
  path,
  size_bytes,
  content_type,
  checksum,
  version,
});

function encode({ content, encoding, content_type: contentType }: Config, input: unknown) {
  const value = content === undefined ? input : content;
  const isText = typeof value === 'string';
  if (encoding === 'base64') {
    if (!isText || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) {
      throw new NodeError('invalid_config', 'content: is not in base64');
    }
    return toContent(Buffer.from(value, 'base64'), contentType ?? 'application/octet-stream');
  }
  if (encoding === 'json' || !isText) {
    return toContent(Buffer.from(JSON.stringify(value ?? null)), contentType ?? 'application/json');
  }
  return toContent(Buffer.from(value), contentType ?? 'text/plain; charset=utf-8');
}

function toContent(bytes: Uint8Array, contentType: string) {
  if (bytes.byteLength > 0) return { bytes, contentType };
  throw new NodeError('invalid_config', 'content: is empty');
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new NodeError('not_json', `The file ${path} is not JSON.`, { cause });
  }
}

const MESSAGES: Partial<Record<AppError['code'], (path: string) => string>> = {
  not_found: (path) => `There is no file ${path}.`,
  payload_too_large: (path) => `The file ${path} would have more than ${FILE_BYTES} bytes.`,
};

function toFailure(error: unknown, { path }: Config): unknown {
  if (!(error instanceof AppError)) return error;
  const message = MESSAGES[error.code]?.(path);
  return message === undefined ? error : new NodeError(`file_${error.code}`, message, { cause: error });
}

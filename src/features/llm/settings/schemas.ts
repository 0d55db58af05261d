import { z } from '@hono/zod-openapi';
import { DateTime, Uuid } from '../../../http/schemas.ts';

const KeepContentDays = z.number().int().min(0).max(30).openapi({
  description: 'For how many days prompts and answers of calls are kept with the usage log; 0 keeps none.',
  example: 7,
});

export const LlmSettings = z
  .object({
    workspace_id: Uuid,
    keep_content_days: KeepContentDays,
    updated_by: Uuid.nullable().openapi({ description: 'Null while nobody has set anything.' }),
    updated_at: DateTime.nullable().openapi({ description: 'Null while nobody has set anything.' }),
  })
  .openapi('LlmSettings', { description: 'How a workspace wants its calls to models to be treated.' });

export type LlmSettings = z.infer<typeof LlmSettings>;

export const LlmSettingsUpdate = z.object({ keep_content_days: KeepContentDays }).openapi('LlmSettingsUpdate');

export type LlmSettingsUpdate = z.infer<typeof LlmSettingsUpdate>;

/** Writes the API's document, which the Worker serves as a file: making it takes too long for a cold start. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApp } from '../src/app.ts';
import { describeApi } from '../src/http/openapi.ts';

export const DOCUMENT_FILE = join(import.meta.dirname, '../src/openapi.json');

/** The document as it stands in the file. The same source gives the same text. */
export function buildDocument(): string {
  return `${JSON.stringify(describeApi(createApp()), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(DOCUMENT_FILE, buildDocument());

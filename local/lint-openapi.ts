/** Spectral's rules for OpenAPI, all of them, over the API's document. Its command line brings a hundred packages more. */
import { readFileSync } from 'node:fs';
import spectral, { type RulesetDefinition } from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';
import { DOCUMENT_FILE } from './build-openapi.ts';

const RULESET: RulesetDefinition = {
  extends: [[rulesets.oas as RulesetDefinition, 'all']],
  rules: {
    // It asks for an e-mail address too; whom to ask is a page.
    'contact-properties': 'off',
    // Sections stand in the order in which somebody new reads them.
    'openapi-tags-alphabetical': 'off',
    // As it was, but a WebSocket succeeds with 101.
    'operation-success-response': {
      given: '$.paths[*][*].responses',
      message: 'An operation must describe how it succeeds.',
      severity: 'error',
      // oxlint-disable-next-line unicorn/no-thenable -- Spectral's word for what a rule checks
      then: {
        function: (responses: unknown) => {
          const succeeds = Object.keys(responses as object).some((status) => /^(101|[23]\d\d)$/.test(status));
          return succeeds ? [] : [{ message: '' }];
        },
      },
    },
  },
};

/** What the rules complain of in a document, one line each. */
export async function lintDocument(text: string): Promise<string[]> {
  const linter = new spectral.Spectral();
  linter.setRuleset(RULESET);
  const findings = await linter.run(text);
  return findings.map(({ code, path, message }) => `${code} at ${path.join('.')}: ${message}`);
}

if (import.meta.main) {
  const findings = await lintDocument(readFileSync(DOCUMENT_FILE, 'utf8'));
  for (const finding of findings) console.log(finding);
  process.exitCode = findings.length > 0 ? 1 : 0;
}

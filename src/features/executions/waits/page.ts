import { createHash } from 'node:crypto';
import { escapeHtml } from '../../../core/html.ts';
import type { Locale } from '../../../core/locale.ts';
import type { CallbackState } from './schemas.ts';

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}label,fieldset{display:block;' +
  'margin:1rem 0}input:not([type=checkbox]),select,textarea{display:block;width:100%;box-sizing:border-box;font:inherit;' +
  'padding:.4rem}button{font:inherit;padding:.5rem 1.2rem;margin-right:.5rem}pre{white-space:pre-wrap;font:inherit}';

/** What the page may do: be shown with its own style, and send its form back to where it came from. */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
};

const WORDS = {
  en: {
    open: 'Until {at} you can decide this, once.',
    approved: 'This was approved.',
    rejected: 'This was rejected.',
    answered: 'This was answered.',
    timed_out: 'The time for this is over.',
    cancelled: 'This is not waited for any more.',
    callback: 'A workflow waits for a call of this address; there is nothing to do here.',
    comment: 'Comment',
    data: 'Data (JSON)',
    approve: 'Approve',
    reject: 'Reject',
    choose: 'Choose',
    required: 'required',
    faults: 'This could not be accepted:',
  },
  pt: {
    open: 'Até {at} você pode decidir isto, uma única vez.',
    approved: 'Isto foi aprovado.',
    rejected: 'Isto foi rejeitado.',
    answered: 'Isto foi respondido.',
    timed_out: 'O prazo para isto terminou.',
    cancelled: 'Isto não é mais aguardado.',
    callback: 'Um workflow aguarda uma chamada deste endereço; não há nada a fazer aqui.',
    comment: 'Comentário',
    data: 'Dados (JSON)',
    approve: 'Aprovar',
    reject: 'Rejeitar',
    choose: 'Escolha',
    required: 'obrigatório',
    faults: 'Isto não pôde ser aceito:',
  },
} as const satisfies Record<Locale, Record<string, string>>;

type Words = (typeof WORDS)[Locale];

/** What somebody who has the link sees: what is to be decided and a form for it, or what has become of it. */
export function toPage(state: CallbackState, locale: Locale, faults: string[] = []): string {
  const words = WORDS[locale];
  const isOpen = state.status === 'open';
  const parts = [
    `<h1>${escapeHtml(state.title)}</h1>`,
    state.message === null ? '' : `<pre>${escapeHtml(state.message)}</pre>`,
    `<p role="status">${escapeHtml(words[isOpen && state.kind === 'callback' ? 'callback' : state.status].replace('{at}', state.expires_at))}</p>`,
    faults.length === 0
      ? ''
      : `<div role="alert"><p>${words.faults}</p><ul>${faults.map((fault) => `<li>${escapeHtml(fault)}</li>`).join('')}</ul></div>`,
    isOpen && state.kind === 'approval' ? toForm(state, words) : '',
  ];
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(state.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${parts.filter(Boolean).join('\n')}
</main>
</body>
</html>
`;
}

function toForm({ form }: CallbackState, words: Words): string {
  const fields = fieldsOf(form);
  const shown = fields
    ? fields.map((field) => toField(field, words))
    : form
      ? [`<label>${words.data}<textarea name="data" rows="8"></textarea></label>`]
      : [];
  return [
    '<form method="post">',
    ...shown,
    `<label>${words.comment}<textarea name="comment" rows="3" maxlength="2000"></textarea></label>`,
    `<button name="decision" value="approve">${words.approve}</button>`,
    // What only an approval needs is not asked of whoever rejects.
    `<button name="decision" value="reject" formnovalidate>${words.reject}</button>`,
    '</form>',
  ].join('\n');
}

type Field = { name: string; label: string; isRequired: boolean; schema: Record<string, unknown> };

/** The fields of a form whose values are simple; null for one that is more than that. */
function fieldsOf(form: CallbackState['form']): Field[] | null {
  const properties = form?.['properties'];
  if (typeof properties !== 'object' || properties === null) return null;
  const required = Array.isArray(form?.['required']) ? form['required'] : [];
  const order = Array.isArray(form?.['x-order']) ? form['x-order'] : [];
  const entries = Object.entries(properties as Record<string, unknown>);
  const sorted = entries.toSorted(([one], [other]) => order.indexOf(one) - order.indexOf(other));
  const fields = sorted.map(([name, schema]) => {
    const of = (typeof schema === 'object' && schema !== null ? schema : {}) as Record<string, unknown>;
    return {
      name,
      label: typeof of['title'] === 'string' ? of['title'] : name,
      isRequired: required.includes(name),
      schema: of,
    };
  });
  return fields.every(({ schema }) => SIMPLE.has(schema['type'] as string)) ? fields : null;
}

const SIMPLE = new Set(['string', 'number', 'integer', 'boolean']);

const INPUTS: Record<string, string> = { email: 'email', date: 'date' };

function toField({ name, label, isRequired, schema }: Field, words: Words): string {
  const text = `${escapeHtml(label)}${isRequired ? ` (${words.required})` : ''}`;
  const key = escapeHtml(`data.${name}`);
  const required = isRequired ? ' required' : '';
  if (schema['type'] === 'boolean') return `<label><input type="checkbox" name="${key}" value="true"> ${text}</label>`;
  if (Array.isArray(schema['enum'])) {
    const options = schema['enum']
      .map((one: unknown) => `<option>${escapeHtml(typeof one === 'string' ? one : JSON.stringify(one))}</option>`)
      .join('');
    return `<label>${text}<select name="${key}"${required}><option value="">${words.choose}</option>${options}</select></label>`;
  }
  if (schema['format'] === 'textarea')
    return `<label>${text}<textarea name="${key}" rows="5"${required}></textarea></label>`;
  const isNumber = schema['type'] !== 'string';
  const type = isNumber ? 'number' : (typeof schema['format'] === 'string' && INPUTS[schema['format']]) || 'text';
  const step = schema['type'] === 'number' ? ' step="any"' : '';
  return `<label>${text}<input type="${type}" name="${key}"${step}${required}></label>`;
}

/** What a form of the page has sent, as its JSON. */
export function fromForm(body: Record<string, unknown>, form: CallbackState['form']): Record<string, unknown> {
  const { decision, comment, data: json } = body;
  const fields = fieldsOf(form);
  if (!fields) return { decision, comment, ...(typeof json === 'string' && { data: parse(json) }) };
  const values = fields.flatMap(({ name, schema }) => {
    const value = toValue(schema, body[`data.${name}`]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { decision, comment, data: Object.fromEntries(values) };
}

/** A field that was left empty is not there. */
function toValue(schema: Record<string, unknown>, given: unknown): unknown {
  if (schema['type'] === 'boolean') return given === 'true';
  if (typeof given !== 'string' || given === '') return undefined;
  return schema['type'] === 'string' ? given : Number(given);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

export const LOCALES = ['en', 'pt'] as const;

/** The languages of texts: English, and Brazilian Portuguese. */
export type Locale = (typeof LOCALES)[number];

/** A text in every language. */
export type Text = Record<Locale, string>;

/** The best match for an `Accept-Language` header (RFC 9110 §12.5.4); English where nothing matches. */
export function chooseLocale(header: string | null | undefined): Locale {
  const wanted = (header ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const quality = parameters.map((p) => /^\s*q=([\d.]+)/.exec(p)?.[1]).find(Boolean);
      return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
  const match = wanted.find(({ language }) => (LOCALES as readonly string[]).includes(language ?? ''));
  return (match?.language as Locale | undefined) ?? 'en';
}

/** Puts values into the `{name}` placeholders of a text. */
export function fill(text: string, params: Record<string, string | number> = {}): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(params, name) ? String(params[name]) : placeholder,
  );
}

/** The sections of the API document, in the order in which it shows them. */
export const TAGS = {
  System: 'What runs, how it is, and what its errors mean.',
  Authentication: 'Accounts, logins and tokens.',
  Workspaces: 'Where resources live, and who may do what there.',
  LLM: 'Language models: the catalogue, and one interface to all providers.',
  Usage: 'What calls cost.',
} as const satisfies Record<string, string>;

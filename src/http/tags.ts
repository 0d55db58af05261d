/** The sections of the API document, in the order in which it shows them. */
export const TAGS = {
  System: 'What runs, how it is, and what its errors mean.',
  Authentication: 'Accounts, logins and tokens.',
  Realtime: 'Connections that stay open: tickets for them, and your own channel.',
  Workspaces: 'Where resources live, and who may do what there.',
  Invitations: 'Offers of membership, for those who make them and for those who get them.',
  Audit: 'What was changed in a workspace, by whom: a chain of entries that nobody can change unseen.',
  Projects: 'Workflows that people edit together: their versions, collaborators and comments.',
  Integrations: 'Where what happens in a workspace is sent: signed webhooks, Slack, and other HTTP services.',
  Notifications: 'What members are told of, how, and what they were told.',
  Variables: 'Secrets and settings of your own, encrypted, for what runs in a workspace; among them keys of providers.',
  LLM: 'Language models: the catalogue, and one interface to all providers.',
  OpenAI: "The same models for clients of OpenAI's, in its form, errors included.",
  Usage: 'What calls cost.',
  Billing: 'What is charged and given back, and whether it adds up.',
  Operations: 'For administrators of the platform: what waits, what failed, what ran.',
} as const satisfies Record<string, string>;

/** What a path may name instead of its workspace, because each belongs to exactly one. */
export type Resource =
  | 'project'
  | 'integration'
  | 'execution'
  | 'wait'
  | 'schedule'
  | 'webhook'
  | 'event_trigger'
  | PublicResource;

/** Those that may be public: whoever is no member of their workspace meets them in a workspace of their own. */
export const PUBLIC_RESOURCES = ['workflow', 'node'] as const;

export type PublicResource = (typeof PUBLIC_RESOURCES)[number];

export const mayBePublic = (resource: Resource): resource is PublicResource =>
  (PUBLIC_RESOURCES as readonly string[]).includes(resource);

/** Where a request takes place: a workspace, or that of a resource. */
export type Place = {
  resource: 'workspace' | Resource;
  id: string;
  /** The workspace in which to meet a public resource of others, where the request names one. */
  own?: string | undefined;
};

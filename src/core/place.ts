/** What a path may name instead of its workspace, because each belongs to exactly one. */
export type Resource = 'project' | 'integration' | 'execution';

/** Where a request takes place: a workspace, or that of a resource. */
export type Place = { resource: 'workspace' | Resource; id: string };

/** What objects of a workspace are, by where they lie: each kind has a folder, and in it one for each workspace. */
const KINDS = ['executions', 'files'] as const;

/** The most that one deletion takes. */
const PORTION = 1_000;

export const workspaceFolder = (kind: (typeof KINDS)[number], workspaceId: string) => `${kind}/${workspaceId}/`;

/** Deletes every object under a prefix. */
export async function deleteObjects(bucket: R2Bucket, prefix: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix, limit: PORTION });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (!truncated) return;
  }
}

/** Deletes every object of a workspace. */
export async function deleteWorkspaceObjects(bucket: R2Bucket, workspaceId: string): Promise<void> {
  for (const kind of KINDS) await deleteObjects(bucket, workspaceFolder(kind, workspaceId));
}

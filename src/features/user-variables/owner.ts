import { requireUser, requireWorkspace, type Actor } from '../../core/actor.ts';

/**
 * Whose variables: those of a member, in a workspace. Not of the workspace as a whole, because a provider's key is
 * paid for by whoever put it there, and sharing one is a decision of its own; not of the user everywhere, because a
 * workflow of one workspace must not read what was kept for another.
 */
export type Owner = { workspaceId: string; userId: string };

export function ownerOf(actor: Actor): Owner {
  return { workspaceId: requireWorkspace(actor).id, userId: requireUser(actor).id };
}

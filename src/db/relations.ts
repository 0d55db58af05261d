import { relations as defineRelations } from 'drizzle-orm';
import { userSubscriptions, plans, users, workspaceMembers, workspaces } from './schema/index.ts';

/** All relations in one file: beside the tables they would tie the schema into circles. */
export const relations = {
  workspaceRelations: defineRelations(workspaces, ({ one, many }) => ({
    owner: one(users, { fields: [workspaces.ownerId], references: [users.id] }),
    members: many(workspaceMembers),
  })),
  workspaceMemberRelations: defineRelations(workspaceMembers, ({ one }) => ({
    workspace: one(workspaces, { fields: [workspaceMembers.workspaceId], references: [workspaces.id] }),
    user: one(users, { fields: [workspaceMembers.userId], references: [users.id] }),
  })),
  userSubscriptionRelations: defineRelations(userSubscriptions, ({ one }) => ({
    plan: one(plans, { fields: [userSubscriptions.planId], references: [plans.id] }),
    user: one(users, { fields: [userSubscriptions.userId], references: [users.id] }),
  })),
};

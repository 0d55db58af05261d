export type { AuditAction } from './catalog.ts';
export { auditChange, auditEach, type NewEntry } from './record.ts';
export { auditRouter } from './routes.ts';

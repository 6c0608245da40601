import { auditGapSchema, auditSchema } from '../audit/schema.ts';
import { directorySchema } from '../directory/schema.ts';
import type { Migration } from '../postgres/migrate.ts';
import {
  filedDraftsSchema,
  leaseEndSchema,
  leaseSpanSchema,
  preferencesSchema,
  rejectionSchema,
  terminalSchema,
} from '../terminal/schema.ts';

/** Migrations of audit, directory and terminals, in the range that is theirs. */
export const identityMigrations: readonly Migration[] = [
  { number: 100, name: 'audit', sql: auditSchema },
  { number: 101, name: 'directory', sql: directorySchema },
  { number: 102, name: 'terminals', sql: terminalSchema },
  { number: 103, name: 'lease ends', sql: leaseEndSchema },
  { number: 104, name: 'rejections', sql: rejectionSchema },
  { number: 105, name: 'preferences', sql: preferencesSchema },
  { number: 106, name: 'lease spans', sql: leaseSpanSchema },
  { number: 110, name: 'filed drafts', sql: filedDraftsSchema },
  { number: 111, name: 'audit gaps', sql: auditGapSchema },
];

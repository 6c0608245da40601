import type { Migration } from '../postgres/migrate.ts';
import { chainMigration } from './migrations/chain.ts';
import { feedMigration } from './migrations/feed.ts';
import { readDoorMigration } from './migrations/readDoor.ts';
import { tablesMigration } from './migrations/tables.ts';
import { visitMigration } from './migrations/visit.ts';
import { writeDoorMigration } from './migrations/writeDoor.ts';

/** The record store's migrations, in order. Its functions call `wardkey.audit_append`, which the audit record brings. */
export const recordMigrations: readonly Migration[] = [
  tablesMigration,
  writeDoorMigration,
  readDoorMigration,
  feedMigration,
  visitMigration,
  chainMigration,
];

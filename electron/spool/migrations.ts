import type { Migration } from '#native/sqlite/migrations.ts';

/*
 * The spool goes forward only: each step keeps every line of the one before. The triggers hold what the code promises:
 * audit lines are gapless, never edited, and go only once the record server has them.
 */

/** The schema of the spool, step by step. */
export const spoolMigrations: readonly Migration[] = [
  {
    version: 1,
    script: `
CREATE TABLE chain (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  terminal_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL,
  acknowledged INTEGER NOT NULL CHECK (acknowledged BETWEEN 0 AND sequence),
  -- Set once the record server holds another history than this file: nothing is appended any more.
  broken INTEGER NOT NULL DEFAULT 0 CHECK (broken IN (0, 1)),
  last_seen_ms INTEGER
) STRICT;

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  entry TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_gapless BEFORE INSERT ON audit
  WHEN NEW.sequence <> (SELECT sequence + 1 FROM chain)
  BEGIN SELECT RAISE(ABORT, 'audit sequence has a gap'); END;
CREATE TRIGGER audit_unchanging BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'audit lines are never edited'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
  WHEN OLD.sequence > (SELECT acknowledged FROM chain)
  BEGIN SELECT RAISE(ABORT, 'the server does not have this line yet'); END;

CREATE TABLE outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  operation_id TEXT NOT NULL UNIQUE,
  person_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  sealed TEXT NOT NULL,
  sealed_for_author TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'applied', 'conflict', 'rejected')),
  -- What the server said, until a vault has taken it over.
  result TEXT,
  delivered INTEGER NOT NULL DEFAULT 0 CHECK (delivered IN (0, 1))
) STRICT;
CREATE INDEX outbox_by_state ON outbox (state, position);
CREATE TRIGGER outbox_kept BEFORE DELETE ON outbox
  WHEN OLD.state = 'pending'
  BEGIN SELECT RAISE(ABORT, 'the server does not have this operation yet'); END;

CREATE TABLE draft (
  draft_id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL,
  sealed TEXT NOT NULL,
  saved_at_ms INTEGER NOT NULL,
  -- A discarded draft stays until the server has been told.
  discarded INTEGER NOT NULL CHECK (discarded IN (0, 1)),
  sent INTEGER NOT NULL CHECK (sent IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_by_person ON draft (person_id, saved_at_ms);

CREATE TABLE pin_attempts (
  person_id TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cache_anchor (
  cache_id TEXT PRIMARY KEY,
  generation INTEGER NOT NULL,
  cursor TEXT,
  feed_epoch TEXT
) STRICT, WITHOUT ROWID;
`,
  },
  {
    version: 2,
    script: `
CREATE TABLE offline_session (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL UNIQUE,
  person_id TEXT NOT NULL,
  sealed TEXT NOT NULL
) STRICT;
`,
  },
  {
    version: 3,
    // About a patient who was not on the ward: what becomes of it is for its author alone to see.
    script: `
ALTER TABLE outbox ADD COLUMN visiting INTEGER NOT NULL DEFAULT 0 CHECK (visiting IN (0, 1));
`,
  },
  {
    version: 4,
    // What was refused before goes back to its author as well; an operation whose result no vault has heard is still told.
    script: `
ALTER TABLE draft ADD COLUMN rejection TEXT;
INSERT INTO draft (draft_id, person_id, sealed, saved_at_ms, discarded, sent, rejection)
  SELECT operation_id, person_id, sealed_for_author,
    coalesce((SELECT last_seen_ms FROM chain), 0), 0, 0, result ->> '$.reason'
  FROM outbox WHERE state = 'rejected';
DELETE FROM outbox WHERE state = 'rejected' AND delivered = 1;
`,
  },
  {
    version: 5,
    script: `
CREATE TABLE preference (
  person_id TEXT PRIMARY KEY,
  language TEXT CHECK (language IN ('en', 'fr')),
  theme TEXT CHECK (theme IN ('light', 'dark')),
  saved_at_ms INTEGER NOT NULL,
  sent INTEGER NOT NULL CHECK (sent IN (0, 1))
) STRICT, WITHOUT ROWID;
`,
  },
  {
    version: 6,
    script: `
-- Sessions whose end the record server has not been told.
CREATE TABLE open_session (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO open_session (session_id) SELECT session_id FROM offline_session ORDER BY position;
`,
  },
];

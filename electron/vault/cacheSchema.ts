import type { Migration } from '#native/sqlite/migrations.ts';

/**
 * The cache. `resource` holds what the server sent with what a screen needs of it worked out beside it; `vitals_set`,
 * `patient_summary` and `patient_search` follow from it and from `operation`, which holds what was charted here and is not
 * settled with the server yet.
 */
export const cacheMigrations: readonly Migration[] = [
  {
    version: 1,
    script: `
      CREATE TABLE cache_meta(
        id INTEGER PRIMARY KEY CHECK (id = 1),
        cache_id TEXT NOT NULL,
        key_epoch INTEGER NOT NULL,
        inbox_private_key BLOB NOT NULL,
        generation INTEGER NOT NULL,
        cursor TEXT,
        feed_epoch TEXT,
        as_of_ms INTEGER
      ) STRICT;

      CREATE TABLE resource(
        type TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        patient TEXT,
        summarised INTEGER NOT NULL CHECK (summarised IN (0, 1)),
        section TEXT,
        at_ms INTEGER,
        set_key TEXT,
        view TEXT,
        json TEXT NOT NULL,
        PRIMARY KEY (type, id)
      ) STRICT;
      CREATE INDEX resource_by_section ON resource(patient, section, at_ms DESC, id);
      CREATE INDEX resource_by_set ON resource(patient, set_key) WHERE set_key IS NOT NULL;
      CREATE INDEX resource_summarised ON resource(patient) WHERE summarised = 1;

      CREATE TABLE vitals_set(
        patient TEXT NOT NULL,
        set_key TEXT NOT NULL,
        taken_at_ms INTEGER NOT NULL,
        view TEXT NOT NULL,
        PRIMARY KEY (patient, set_key)
      ) STRICT;
      CREATE INDEX vitals_set_by_time ON vitals_set(patient, taken_at_ms DESC);

      CREATE TABLE patient_summary(
        patient TEXT PRIMARY KEY,
        view TEXT NOT NULL
      ) STRICT;

      CREATE VIRTUAL TABLE patient_search USING fts5(
        patient UNINDEXED, words, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
      );

      CREATE TABLE operation(
        seq INTEGER PRIMARY KEY,
        operation_id TEXT NOT NULL UNIQUE,
        patient TEXT NOT NULL,
        patient_label TEXT NOT NULL,
        type TEXT NOT NULL,
        id TEXT NOT NULL,
        base_version INTEGER NOT NULL,
        section TEXT,
        at_ms INTEGER,
        set_key TEXT,
        view TEXT,
        json TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'conflict', 'rejected')),
        theirs TEXT
      ) STRICT;
      CREATE INDEX operation_by_patient ON operation(patient);
      CREATE INDEX operation_by_resource ON operation(type, id);
    `,
  },
  {
    version: 2,
    // Why the server rejected a write, for the person who has to put it right.
    script: 'ALTER TABLE operation ADD COLUMN reason TEXT;',
  },
  {
    version: 3,
    // What the server refused goes back to its author and is no part of the chart; the ward is filled anew where it was one.
    script: `
      UPDATE cache_meta SET cursor = NULL, feed_epoch = NULL
        WHERE EXISTS (SELECT 1 FROM operation WHERE state = 'rejected');
      DELETE FROM operation WHERE state = 'rejected';
      ALTER TABLE operation DROP COLUMN reason;
    `,
  },
  {
    version: 4,
    // How many entries of the feed nobody could read: whoever works with this ward is told.
    script: 'ALTER TABLE cache_meta ADD COLUMN malformed INTEGER NOT NULL DEFAULT 0;',
  },
  {
    version: 5,
    // Which version a conflict is with: what was deleted has one, but no body to read it from.
    script: 'ALTER TABLE operation ADD COLUMN theirs_version INTEGER NOT NULL DEFAULT 0;',
  },
];

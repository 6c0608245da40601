import type { Migration } from '../../postgres/migrate.ts';

/**
 * The tables of the record. Bodies are sealed by the service; what stands in the open is a resource's type, id, version, times
 * and patient id, keyed search tokens, the tree of places and who lies where.
 */
export const tablesMigration: Migration = {
  number: 1,
  name: 'records',
  sql: `
create table patient_key (
  patient_id text primary key,
  wrapped bytea not null
);
create table resource (
  type text not null,
  id text not null,
  version bigint not null check (version >= 1),
  patient_id text,
  deleted boolean not null,
  updated timestamptz not null,
  tokens bigint[] not null,
  sealed bytea,
  primary key (type, id),
  check (deleted = (sealed is null))
);
create index resource_patient on resource (patient_id, type, id);
create index resource_tokens on resource using gin (tokens);
create index resource_updated on resource (type, updated);
create table history (
  type text not null,
  id text not null,
  version bigint not null,
  patient_id text,
  deleted boolean not null,
  updated timestamptz not null,
  sealed bytea,
  primary key (type, id, version)
);

-- One order for record changes and ward changes alike: (xid, seq), read below the oldest transaction still running.
create sequence feed_seq;
create table change (
  seq bigint primary key default nextval('feed_seq'),
  xid xid8 not null default pg_current_xact_id(),
  patient_id text,
  type text not null,
  id text not null,
  version bigint not null,
  deleted boolean not null
);
create index change_patient on change (patient_id, xid, seq);
create table ward_event (
  seq bigint primary key default nextval('feed_seq'),
  xid xid8 not null default pg_current_xact_id(),
  ward_id text not null,
  patient_id text not null,
  entered boolean not null,
  at timestamptz not null default clock_timestamp()
);
create index ward_event_patient on ward_event (patient_id, at);
create index ward_event_ward on ward_event (ward_id, xid, seq);

create table place (
  location_id text primary key,
  parent_id text,
  kind text
);
create index place_parent on place (parent_id);
create table stay (
  encounter_id text primary key,
  patient_id text not null,
  location_id text not null
);
create index stay_patient on stay (patient_id);
create index stay_location on stay (location_id);
create table ward_member (
  ward_id text not null,
  patient_id text not null,
  primary key (ward_id, patient_id)
);
create index ward_member_patient on ward_member (patient_id);
-- Who cares for whom, by name: care teams and participants of encounters.
create table care_relation (
  type text not null,
  id text not null,
  patient_id text not null,
  person_id text not null,
  ends_at timestamptz,
  primary key (type, id, person_id)
);
create index care_relation_person on care_relation (person_id, patient_id);

create table operation (
  operation_id uuid primary key,
  terminal_id text not null,
  result jsonb,
  received_at timestamptz not null default clock_timestamp()
);
create table feed_epoch (
  one boolean primary key default true check (one),
  epoch uuid not null default gen_random_uuid()
);
insert into feed_epoch default values;
grant usage on schema wardkey to wardkey_app;
`,
};

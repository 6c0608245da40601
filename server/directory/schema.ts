/**
 * Who works here and with which badge. Holds staff only, never a patient; badge ids as keyed hashes, PINs as keyed
 * verifiers, personal keys wrapped: none of it lets its reader in.
 */
export const directorySchema = `
create schema directory;
create table directory.wards (
  ward_id text primary key,
  name text not null
);
create table directory.people (
  person_id text primary key,
  display_name text not null,
  role text not null check (role in ('nurse','physician','technologist','paramedic','officer','other')),
  pin_salt bytea,
  pin_memory_kib int,
  pin_iterations int,
  pin_parallelism int,
  pin_verifier bytea,
  person_key bytea not null,
  disabled_at timestamptz
);
create table directory.badges (
  badge_hash bytea primary key,
  person_id text not null references directory.people,
  trust text not null check (trust in ('B0','B1','B2','B3')),
  revoked_at timestamptz
);
create index badges_person on directory.badges (person_id);
create table directory.ward_members (
  person_id text not null references directory.people,
  ward_id text not null references directory.wards,
  primary key (person_id, ward_id)
);
create table directory.shifts (
  shift_id uuid primary key,
  person_id text not null references directory.people,
  ward_id text not null references directory.wards,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  check (ends_at > starts_at)
);
create index shifts_person on directory.shifts (person_id, ends_at);
grant usage on schema directory to wardkey_app;
grant select, insert, update on all tables in schema directory to wardkey_app;
`;

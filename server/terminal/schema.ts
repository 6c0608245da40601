/** Terminals, their certificates and leases, the sessions opened on them, and what slows guessing down. */
export const terminalSchema = `
create schema terminal;
create table terminal.terminals (
  terminal_id text primary key,
  name text not null,
  ward_id text not null references directory.wards,
  place text not null,
  escrow_key bytea not null,
  lease_epoch int not null default 1,
  lease_secret bytea not null,
  enrolled_at timestamptz not null,
  revoked_at timestamptz
);
create table terminal.enrolment_tokens (
  token_hash bytea primary key,
  name text not null,
  ward_id text not null references directory.wards,
  place text not null,
  expires_at timestamptz not null,
  used_by text references terminal.terminals
);
create table terminal.certificates (
  thumbprint text primary key,
  terminal_id text not null references terminal.terminals,
  not_after timestamptz not null
);
create table terminal.sessions (
  session_id uuid primary key,
  person_id text not null references directory.people,
  terminal_id text not null references terminal.terminals,
  badge_hash bytea not null references directory.badges,
  public_key bytea not null,
  opened_at timestamptz not null,
  shift_ends_at timestamptz not null,
  ended_at timestamptz,
  end_reason text
);
create index sessions_live on terminal.sessions (person_id) where ended_at is null;
create index sessions_terminal on terminal.sessions (terminal_id, opened_at);
create table terminal.drafts (
  draft_id uuid primary key,
  person_id text not null references directory.people,
  sealed bytea not null,
  saved_at timestamptz not null
);
create index drafts_person on terminal.drafts (person_id);
create table terminal.throttles (
  kind text not null check (kind in ('personPin','terminalPin','terminalBadge')),
  subject text not null,
  failures int not null,
  last_failure_at timestamptz not null,
  primary key (kind, subject)
);
grant usage on schema terminal to wardkey_app;
grant select, insert, update on all tables in schema terminal to wardkey_app;
-- Only what is finished with may go: a draft that was sent, a count that a right PIN clears.
grant delete on terminal.drafts, terminal.throttles to wardkey_app;
`;

/** Drafts that were filed lately: a state of one that arrives late must not come back as unfinished work. */
export const filedDraftsSchema = `
create table terminal.filed_drafts (
  draft_id uuid primary key,
  filed_at timestamptz not null
);
create index filed_drafts_by_time on terminal.filed_drafts (filed_at);
grant select, insert, update, delete on terminal.filed_drafts to wardkey_app;
`;

/**
 * How far the leases of a terminal reach, so that a login it reports afterwards can be judged. Terminals from before may hold
 * a lease that was given out until this moment.
 */
export const leaseEndSchema = `
alter table terminal.terminals add column lease_ends_at timestamptz;
update terminal.terminals set lease_ends_at = now() + interval '8 hours';
`;

/** What the record server refused for good goes back to its author by the way of her drafts, with the reason. */
export const rejectionSchema = `
alter table terminal.drafts add column rejection text;
`;

/** Language and colours that a person has chosen: hers at every terminal. */
export const preferencesSchema = `
create table terminal.preferences (
  person_id text primary key references directory.people,
  language text check (language in ('en','fr')),
  theme text check (theme in ('light','dark')),
  saved_at timestamptz not null
);
grant select, insert, update on terminal.preferences to wardkey_app;
`;

/**
 * From when to when a terminal held a lease: a later grant must not cover a gap before it. What was remembered so far is only
 * the latest end, so everything from the enrolment until then counts as covered.
 */
export const leaseSpanSchema = `
create table terminal.lease_spans (
  terminal_id text not null references terminal.terminals,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  primary key (terminal_id, starts_at)
);
insert into terminal.lease_spans
  select terminal_id, enrolled_at, lease_ends_at from terminal.terminals where lease_ends_at is not null;
alter table terminal.terminals drop column lease_ends_at;
grant select, insert, update on terminal.lease_spans to wardkey_app;
`;

/**
 * The audit record: terminals' chained entries and the server's own. Append-only: the service has no right on the tables but
 * to call these functions, and triggers refuse even their owner. A superuser can still tear triggers down; what catches that
 * is that terminals hold their own chains.
 */
export const auditSchema = `
create schema audit;
create table audit.terminal_entries (
  terminal_id text not null,
  sequence bigint not null check (sequence >= 1),
  entry jsonb not null,
  previous_hash text not null,
  hash text not null,
  received_at timestamptz not null default clock_timestamp(),
  primary key (terminal_id, sequence)
);
create table audit.server_entries (
  seq bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  recorded_at timestamptz not null default clock_timestamp(),
  action text not null,
  outcome text not null check (outcome in ('success','denied','failure')),
  person_id text,
  session_id text,
  terminal_id text,
  patient_ids text[] not null,
  subject text not null,
  purpose_of_use text not null,
  reason text
);
create table audit.alerts (
  seq bigint generated always as identity primary key,
  raised_at timestamptz not null default clock_timestamp(),
  kind text not null,
  terminal_id text,
  detail jsonb not null
);

create function audit.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit record is append-only';
end $$;
create trigger append_only before update or delete or truncate on audit.terminal_entries
  for each statement execute function audit.refuse_change();
create trigger append_only before update or delete or truncate on audit.server_entries
  for each statement execute function audit.refuse_change();
create trigger append_only before update or delete or truncate on audit.alerts
  for each statement execute function audit.refuse_change();

-- The one way an entry of the server gets in; called inside the transaction that releases or changes what it tells of.
create function wardkey.audit_append(
  p_action text, p_outcome text, p_person_id text, p_session_id text, p_terminal_id text,
  p_patient_ids text[], p_subject text, p_purpose_of_use text, p_reason text
) returns bigint language sql security definer set search_path = pg_catalog, audit, pg_temp as $$
  insert into audit.server_entries
    (action, outcome, person_id, session_id, terminal_id, patient_ids, subject, purpose_of_use, reason)
  values (p_action, p_outcome, p_person_id, p_session_id, p_terminal_id,
    coalesce(p_patient_ids, '{}'), p_subject, coalesce(p_purpose_of_use, 'TREAT'), p_reason)
  returning seq
$$;

-- What the server holds of a terminal's chain. Locks that chain until the transaction ends: one writer at a time.
create function audit.lock_head(p_terminal_id text, out sequence bigint, out hash text)
language plpgsql security definer set search_path = pg_catalog, audit, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('wardkey.audit.' || p_terminal_id, 0));
  select e.sequence, e.hash into sequence, hash from audit.terminal_entries e
    where e.terminal_id = p_terminal_id order by e.sequence desc limit 1;
  if not found then sequence := 0; hash := repeat('0', 64); end if;
end $$;

-- Hashes of entries already held, to tell a repeated sending from a fork.
create function audit.held_hashes(p_terminal_id text, p_from bigint, p_to bigint)
returns table (sequence bigint, hash text)
language sql security definer set search_path = pg_catalog, audit, pg_temp as $$
  select e.sequence, e.hash from audit.terminal_entries e
  where e.terminal_id = p_terminal_id and e.sequence between p_from and p_to order by e.sequence
$$;

-- Takes entries whose links the service has verified; the database holds the sequence gapless and linked by itself too.
create function audit.append_terminal(p_terminal_id text, p_entries jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, audit, pg_temp as $$
declare
  head record;
  item jsonb;
begin
  select * into head from audit.lock_head(p_terminal_id);
  for item in select * from jsonb_array_elements(p_entries) loop
    if (item->>'sequence')::bigint <> head.sequence + 1 or item->>'previousHash' <> head.hash
       or item->>'terminalId' <> p_terminal_id then
      raise exception 'audit entry does not continue the chain';
    end if;
    insert into audit.terminal_entries (terminal_id, sequence, entry, previous_hash, hash)
      values (p_terminal_id, (item->>'sequence')::bigint, item, item->>'previousHash', item->>'hash');
    head.sequence := head.sequence + 1;
    head.hash := item->>'hash';
  end loop;
end $$;

create function audit.raise_alert(p_kind text, p_terminal_id text, p_detail jsonb) returns void
language sql security definer set search_path = pg_catalog, audit, pg_temp as $$
  insert into audit.alerts (kind, terminal_id, detail) values (p_kind, p_terminal_id, p_detail)
$$;

grant usage on schema audit, wardkey to wardkey_app;
grant execute on function audit.lock_head, audit.held_hashes, audit.append_terminal, audit.raise_alert, wardkey.audit_append
  to wardkey_app;
`;

/**
 * The way over lines that are lost for good: a server restored from a backup lacks them, and the terminal no longer has them.
 * An administrator permits one gap of one terminal; the next sending may begin after it. Who permitted what, and which lines
 * are missing, stands in the audit record for ever. Alerts that only repeat the last one are not piled up.
 */
export const auditGapSchema = `
create table audit.gap_permissions (
  seq bigint generated always as identity primary key,
  terminal_id text not null,
  permitted_by text not null check (permitted_by <> ''),
  reason text not null check (reason <> ''),
  permitted_at timestamptz not null default clock_timestamp()
);
create table audit.gaps (
  permission bigint primary key references audit.gap_permissions,
  terminal_id text not null,
  after_sequence bigint not null,
  after_hash text not null,
  next_sequence bigint not null check (next_sequence > after_sequence + 1),
  next_previous_hash text not null,
  opened_at timestamptz not null default clock_timestamp()
);
create index gaps_by_terminal on audit.gaps (terminal_id, next_sequence desc);
create trigger append_only before update or delete or truncate on audit.gap_permissions
  for each statement execute function audit.refuse_change();
create trigger append_only before update or delete or truncate on audit.gaps
  for each statement execute function audit.refuse_change();

create or replace function audit.lock_head(p_terminal_id text, out sequence bigint, out hash text)
language plpgsql security definer set search_path = pg_catalog, audit, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('wardkey.audit.' || p_terminal_id, 0));
  select h.sequence, h.hash into sequence, hash from (
    (select e.sequence, e.hash from audit.terminal_entries e
      where e.terminal_id = p_terminal_id order by e.sequence desc limit 1)
    union all
    (select g.next_sequence - 1, g.next_previous_hash from audit.gaps g
      where g.terminal_id = p_terminal_id order by g.next_sequence desc limit 1)) h
    order by h.sequence desc limit 1;
  if not found then sequence := 0; hash := repeat('0', 64); end if;
end $$;

create function audit.permit_gap(p_terminal_id text, p_by text, p_reason text) returns void
language plpgsql security definer set search_path = pg_catalog, audit, pg_temp as $$
begin
  insert into audit.gap_permissions (terminal_id, permitted_by, reason) values (p_terminal_id, p_by, p_reason);
  perform wardkey.audit_append('administer', 'success', null, null, p_terminal_id, '{}', 'auditGap', 'HOPERAT', 'permitted');
end $$;

-- Uses up a permission, if there is one: the chain then goes on with p_sequence. False: the gap stays refused.
create function audit.open_gap(p_terminal_id text, p_sequence bigint, p_previous_hash text) returns boolean
language plpgsql security definer set search_path = pg_catalog, audit, pg_temp as $$
declare
  head record;
  permitted bigint;
begin
  select * into head from audit.lock_head(p_terminal_id);
  select p.seq into permitted from audit.gap_permissions p
    where p.terminal_id = p_terminal_id and not exists (select 1 from audit.gaps g where g.permission = p.seq)
    order by p.seq limit 1;
  if permitted is null or p_sequence <= head.sequence + 1 then return false; end if;
  insert into audit.gaps (permission, terminal_id, after_sequence, after_hash, next_sequence, next_previous_hash)
    values (permitted, p_terminal_id, head.sequence, head.hash, p_sequence, p_previous_hash);
  perform wardkey.audit_append('administer', 'success', null, null, p_terminal_id, '{}', 'auditGap', 'HOPERAT', 'opened');
  return true;
end $$;

create or replace function audit.raise_alert(p_kind text, p_terminal_id text, p_detail jsonb) returns void
language sql security definer set search_path = pg_catalog, audit, pg_temp as $$
  insert into audit.alerts (kind, terminal_id, detail)
    select p_kind, p_terminal_id, p_detail where not exists (
      select 1 from (select * from audit.alerts a where a.terminal_id = p_terminal_id order by a.seq desc limit 1) last
      where last.kind = p_kind and last.detail = p_detail and last.raised_at > clock_timestamp() - interval '1 hour')
$$;
create index alerts_by_terminal on audit.alerts (terminal_id, seq desc);
grant execute on function audit.permit_gap, audit.open_gap to wardkey_app;
`;

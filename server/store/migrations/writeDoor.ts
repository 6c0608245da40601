import type { Migration } from '../../postgres/migrate.ts';

/** The one way a record gets in: version check, history, feed entry, ward membership and audit entry in one transaction. */
export const writeDoorMigration: Migration = {
  number: 2,
  name: 'write door',
  sql: `
create function patient_lock_key(p_patient text) returns bigint language sql immutable as $$
  select hashtextextended('wardkey.patient.' || p_patient, 0)
$$;

create function ward_of(p_location text) returns text language sql stable
set search_path = wardkey, pg_temp as $$
  with recursive up as (
    select location_id, parent_id, kind, 1 as depth from place where location_id = p_location
    union all
    select p.location_id, p.parent_id, p.kind, up.depth + 1
      from up join place p on p.location_id = up.parent_id where up.kind is distinct from 'wa' and up.depth < 8
  )
  select location_id from up where kind = 'wa' limit 1
$$;

-- Makes ward membership what the stays say, and tells the feed who came and who went. The caller holds the patients' locks.
create function settle_wards(p_patients text[]) returns void language plpgsql
set search_path = wardkey, pg_temp as $$
declare
  moved record;
begin
  for moved in
    with wanted as (
      select distinct s.patient_id, ward_of(s.location_id) as ward_id from stay s where s.patient_id = any(p_patients)
    ), present as (
      select patient_id, ward_id from ward_member where patient_id = any(p_patients)
    )
    select coalesce(w.patient_id, p.patient_id) as patient_id, coalesce(w.ward_id, p.ward_id) as ward_id,
           p.patient_id is null as entered
      from (select * from wanted where ward_id is not null) w
      full join present p on p.patient_id = w.patient_id and p.ward_id = w.ward_id
      where p.patient_id is null or w.patient_id is null
      order by entered, 1, 2
  loop
    insert into ward_event (ward_id, patient_id, entered) values (moved.ward_id, moved.patient_id, moved.entered);
    perform pg_notify('wardkey_changed', moved.ward_id);
    if moved.entered then
      insert into ward_member (ward_id, patient_id) values (moved.ward_id, moved.patient_id);
      -- The whole record follows the event as ordinary changes, so that it is paged like all else.
      insert into change (patient_id, type, id, version, deleted)
        select patient_id, type, id, version, false from resource
         where patient_id = moved.patient_id and not deleted order by type, id;
    else
      delete from ward_member where ward_id = moved.ward_id and patient_id = moved.patient_id;
    end if;
  end loop;
end $$;

-- What the service read out of the bodies: beds, stays and care relations. Answers the patients whose ward may differ now.
create function apply_links(p_links jsonb) returns text[] language plpgsql
set search_path = wardkey, pg_temp as $$
declare
  link jsonb;
  touched text[] := '{}';
begin
  for link in select * from jsonb_array_elements(p_links) loop
    if link->>'type' = 'Location' then
      insert into place (location_id, parent_id, kind) values (link->>'id', link->>'parentId', link->>'placeKind')
        on conflict (location_id) do update set parent_id = excluded.parent_id, kind = excluded.kind;
      touched := touched || array(
        with recursive down as (
          select link->>'id' as location_id, 1 as depth
          union all
          select p.location_id, down.depth + 1 from down join place p on p.parent_id = down.location_id where down.depth < 8
        )
        select distinct s.patient_id from down join stay s using (location_id));
    elsif link->>'type' = 'Encounter' then
      touched := touched || array(select patient_id from stay where encounter_id = link->>'id');
      delete from stay where encounter_id = link->>'id';
      if link->>'stayLocationId' is not null then
        insert into stay (encounter_id, patient_id, location_id)
          values (link->>'id', link->>'patientId', link->>'stayLocationId');
        touched := touched || array[link->>'patientId'];
      end if;
    end if;
    delete from care_relation where type = link->>'type' and id = link->>'id';
    insert into care_relation (type, id, patient_id, person_id, ends_at)
      select link->>'type', link->>'id', link->>'patientId', r->>'personId', max((r->>'endsAt')::timestamptz)
        from jsonb_array_elements(link->'relations') r group by r->>'personId';
  end loop;
  return touched;
end $$;

-- Stores each row whose expected version is the current one (0: none yet); the others come back as conflicts, untouched.
create function record_put(
  p_actor jsonb, p_reason text, p_subject text,
  p_types text[], p_ids text[], p_expected bigint[], p_patients text[], p_deleted boolean[],
  p_updated timestamptz, p_tokens text[], p_sealed bytea[], p_links jsonb
) returns table (ordinal integer, stored boolean, current_version bigint)
language plpgsql security definer set search_path = wardkey, pg_temp as $$
declare
  concerned text[];
  moving text[];
  written text[];
  stored_rows boolean[];
  versions bigint[];
begin
  if coalesce(p_actor->>'personId', p_actor->>'terminalId', p_actor->>'system', '') = '' then
    raise exception 'a write needs somebody who does it';
  end if;
  -- Patients whose ward may change are locked alone, the others shared: no write slips between "came" and "whole record".
  moving := array(
    select l->>'patientId' from jsonb_array_elements(p_links) l where l->>'type' = 'Encounter'
    union
    select s.patient_id from jsonb_array_elements(p_links) l join stay s on s.encounter_id = l->>'id'
      where l->>'type' = 'Encounter');
  if exists (select 1 from jsonb_array_elements(p_links) l where l->>'type' = 'Location') then
    perform pg_advisory_xact_lock(patient_lock_key('places'));
    moving := array(select unnest(moving) union select patient_id from stay);
  elsif cardinality(moving) > 0 then
    perform pg_advisory_xact_lock_shared(patient_lock_key('places'));
  end if;
  concerned := array(
    select unnest(p_patients)
    union
    select r.patient_id from unnest(p_types, p_ids) as i(type, id) join resource r using (type, id));
  perform case when patient_id = any(moving) then pg_advisory_xact_lock(patient_lock_key(patient_id))::text
               else pg_advisory_xact_lock_shared(patient_lock_key(patient_id))::text end
    from (select distinct patient_id from (select unnest(concerned) union select unnest(moving)) c(patient_id)
           where patient_id is not null order by patient_id) ordered;

  with input as (
    select * from unnest(p_types, p_ids, p_expected, p_patients, p_deleted, p_tokens, p_sealed) with ordinality
      as i(type, id, expected, patient_id, deleted, tokens, sealed, place)
  ), before as (
    select r.type, r.id, r.version, r.patient_id from resource r join input i using (type, id)
     order by r.type, r.id for update of r
  ), fitting as (
    select i.*, b.patient_id as former_patient from input i left join before b using (type, id)
     where i.expected = coalesce(b.version, 0)
  ), put as (
    insert into resource as r (type, id, version, patient_id, deleted, updated, tokens, sealed)
      select f.type, f.id, f.expected + 1, f.patient_id, f.deleted, p_updated, f.tokens::bigint[], f.sealed from fitting f
      on conflict (type, id) do update
        set version = excluded.version, patient_id = excluded.patient_id, deleted = excluded.deleted,
            updated = excluded.updated, tokens = excluded.tokens, sealed = excluded.sealed
        where r.version = excluded.version - 1
      returning r.type, r.id, r.version, r.patient_id, r.deleted, r.sealed
  ), kept as (
    insert into history (type, id, version, patient_id, deleted, updated, sealed)
      select put.type, put.id, put.version, put.patient_id, put.deleted, p_updated, put.sealed from put
  ), told as (
    insert into change (patient_id, type, id, version, deleted)
      -- A record that now belongs to another patient goes from the former one first.
      select f.former_patient, put.type, put.id, put.version, true from put join fitting f using (type, id)
       where f.expected > 0 and f.former_patient is distinct from put.patient_id
      union all
      select put.patient_id, put.type, put.id, put.version, put.deleted from put
  )
  select array_agg(put.type is not null order by i.place), array_agg(coalesce(b.version, 0) order by i.place)
    into stored_rows, versions
    from input i left join put using (type, id) left join before b using (type, id);

  if true = any(stored_rows) then
    written := array(select distinct i.patient_id from unnest(p_patients, stored_rows) as i(patient_id, stored)
                      where i.stored and i.patient_id is not null order by 1);
    perform settle_wards(apply_links(coalesce((
      select jsonb_agg(l) from jsonb_array_elements(p_links) l
        join unnest(p_types, p_ids, stored_rows) as i(type, id, stored)
          on i.stored and i.type = l->>'type' and i.id = l->>'id'), '[]')));
    perform wardkey.audit_append('write', 'success', p_actor->>'personId', p_actor->>'sessionId',
      p_actor->>'terminalId', written, p_subject, p_actor->>'purposeOfUse', p_reason);
    perform pg_notify('wardkey_changed', m.ward_id)
      from (select distinct ward_id from ward_member where patient_id = any(written)) m;
    if 'Location' = any(p_types) then perform pg_notify('wardkey_changed', '*'); end if;
  end if;
  return query select i.place::integer, i.stored, i.version
    from unnest(stored_rows, versions) with ordinality as i(stored, version, place) order by i.place;
end $$;

create function key_get(p_patients text[]) returns table (patient_id text, wrapped bytea)
language sql security definer set search_path = wardkey, pg_temp as $$
  select k.patient_id, k.wrapped from patient_key k where k.patient_id = any(p_patients)
$$;
create function key_add(p_patients text[], p_wrapped bytea[]) returns void
language sql security definer set search_path = wardkey, pg_temp as $$
  insert into patient_key (patient_id, wrapped) select * from unnest(p_patients, p_wrapped) on conflict do nothing
$$;

-- The first to claim an operation carries it out; any other gets what came of it. Waits while the first is still at it.
create function operation_claim(p_operation uuid, p_terminal text, out claimed boolean, out result jsonb)
language plpgsql security definer set search_path = wardkey, pg_temp as $$
begin
  insert into operation (operation_id, terminal_id) values (p_operation, p_terminal) on conflict do nothing;
  claimed := found;
  if not claimed then
    select o.result into result from operation o where o.operation_id = p_operation;
  end if;
end $$;
create function operation_finish(p_operation uuid, p_result jsonb) returns void
language sql security definer set search_path = wardkey, pg_temp as $$
  update operation set result = p_result where operation_id = p_operation and operation.result is null
$$;
grant execute on function record_put, key_get, key_add, operation_claim, operation_finish to wardkey_app;
`,
};

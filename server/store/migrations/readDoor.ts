import type { Migration } from '../../postgres/migrate.ts';

/** The one way a body gets out: the functions that release it write the audit entry in the same transaction. */
export const readDoorMigration: Migration = {
  number: 3,
  name: 'read door',
  sql: `
-- Where patients lie (or lay since a given time) and whether this person cares for them by name: what a decision is made of.
create function patient_facts(p_patients text[], p_person text, p_since timestamptz)
returns table (patient_id text, ward_ids text[], related boolean)
language sql security definer set search_path = wardkey, pg_temp as $$
  select i.patient_id,
    array(select m.ward_id from ward_member m where m.patient_id = i.patient_id
          union
          select e.ward_id from ward_event e where e.patient_id = i.patient_id and not e.entered and e.at >= p_since
          order by 1),
    exists (select 1 from care_relation c where c.person_id = p_person and c.patient_id = i.patient_id
             and (c.ends_at is null or c.ends_at > coalesce(p_since, now())))
  from unnest(p_patients) as i(patient_id)
$$;

-- Finds records by what stands in the open. Each element of p_groups is an array literal of tokens, one of which must match.
create function record_find(
  p_type text, p_ids text[], p_patients text[], p_groups text[],
  p_updated_from timestamptz, p_updated_to timestamptz, p_limit integer, p_offset integer
) returns table (type text, id text, version bigint, patient_id text, deleted boolean)
language plpgsql security definer set search_path = wardkey, pg_temp as $$
declare
  conditions text := 'r.type = $1 and not r.deleted';
begin
  if p_ids is not null then conditions := conditions || ' and r.id = any($2)'; end if;
  if p_patients is not null then conditions := conditions || ' and r.patient_id = any($3)'; end if;
  for item in 1 .. coalesce(cardinality(p_groups), 0) loop
    conditions := conditions || format(' and r.tokens && $4[%s]::bigint[]', item);
  end loop;
  if p_updated_from is not null then conditions := conditions || ' and r.updated >= $5'; end if;
  if p_updated_to is not null then conditions := conditions || ' and r.updated < $6'; end if;
  return query execute
    'select r.type, r.id, r.version, r.patient_id, r.deleted from resource r where ' || conditions ||
    ' order by r.updated desc, r.id limit $7 offset $8'
    using p_type, p_ids, p_patients, p_groups, p_updated_from, p_updated_to, p_limit, p_offset;
end $$;

-- One record's place in the open, a deleted one's too.
create function record_head(p_type text, p_id text)
returns table (version bigint, patient_id text, deleted boolean)
language sql security definer set search_path = wardkey, pg_temp as $$
  select version, patient_id, deleted from resource where type = p_type and id = p_id
$$;
create function record_heads(p_types text[], p_ids text[])
returns table (type text, id text, version bigint)
language sql security definer set search_path = wardkey, pg_temp as $$
  select r.type, r.id, r.version from resource r join unnest(p_types, p_ids) as i(type, id) using (type, id)
$$;

create function audit_release(p_actor jsonb, p_action text, p_patients text[], p_subject text, p_reason text)
returns boolean language plpgsql set search_path = wardkey, pg_temp as $$
begin
  if coalesce(p_actor->>'personId', p_actor->>'terminalId', p_actor->>'system', '') = '' then
    raise exception 'a release needs somebody it is released to';
  end if;
  perform wardkey.audit_append(p_action, 'success', p_actor->>'personId', p_actor->>'sessionId', p_actor->>'terminalId',
    array(select distinct p from unnest(p_patients) p where p is not null order by p), p_subject,
    p_actor->>'purposeOfUse', p_reason);
  return true;
end $$;

-- Releases records of the patients that were decided upon; one that has moved to another patient meanwhile stays in.
create function record_release(p_actor jsonb, p_action text, p_reason text, p_type text, p_ids text[], p_patients text[])
returns table (type text, id text, version bigint, patient_id text, deleted boolean, sealed bytea)
language plpgsql security definer set search_path = wardkey, pg_temp as $$
begin
  perform audit_release(p_actor, p_action, p_patients, p_type, p_reason);
  return query select r.type, r.id, r.version, r.patient_id, r.deleted, r.sealed
    from resource r join unnest(p_ids, p_patients) with ordinality as i(id, patient_id, place)
      on r.type = p_type and r.id = i.id and r.patient_id is not distinct from i.patient_id
    order by i.place;
end $$;

create function history_find(p_type text, p_id text)
returns table (version bigint, patient_id text)
language sql security definer set search_path = wardkey, pg_temp as $$
  select version, patient_id from history where type = p_type and id = p_id order by version desc
$$;
create function history_release(p_actor jsonb, p_reason text, p_type text, p_id text, p_versions bigint[])
returns table (type text, id text, version bigint, patient_id text, deleted boolean, sealed bytea, updated timestamptz)
language plpgsql security definer set search_path = wardkey, pg_temp as $$
begin
  perform audit_release(p_actor, 'view',
    array(select h.patient_id from history h where h.type = p_type and h.id = p_id and h.version = any(p_versions)),
    p_type, p_reason);
  return query select h.type, h.id, h.version, h.patient_id, h.deleted, h.sealed, h.updated from history h
    where h.type = p_type and h.id = p_id and h.version = any(p_versions) order by h.version desc;
end $$;

-- The whole record of one patient, for a person who may see a patient of another ward.
create function patient_release(p_actor jsonb, p_reason text, p_patient text)
returns table (type text, id text, version bigint, patient_id text, deleted boolean, sealed bytea)
language plpgsql security definer set search_path = wardkey, pg_temp as $$
begin
  perform audit_release(p_actor, 'view', array[p_patient], 'chart', p_reason);
  return query select r.type, r.id, r.version, r.patient_id, r.deleted, r.sealed
    from resource r where r.patient_id = p_patient and not r.deleted order by r.type, r.id;
end $$;
grant execute on function patient_facts, record_find, record_head, record_heads, record_release, history_find,
  history_release, patient_release to wardkey_app;
`,
};

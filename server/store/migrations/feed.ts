import type { Migration } from '../../postgres/migrate.ts';

/** The ward's feed: first fill by keyset, then changes by (xid, seq) below the oldest transaction still running. */
export const feedMigration: Migration = {
  number: 4,
  name: 'feed',
  sql: `
-- The epoch changes with the database (dump and restore), the cluster and its timeline (failover, point-in-time recovery).
create function feed_head(out horizon text, out newest text, out epoch text)
language sql security definer set search_path = wardkey, pg_temp as $$
  select pg_snapshot_xmin(pg_current_snapshot())::text, pg_snapshot_xmax(pg_current_snapshot())::text,
    encode(sha256(convert_to(concat_ws('/', e.epoch, s.system_identifier, c.timeline_id,
      (select oid from pg_database where datname = current_database())), 'UTF8')), 'hex')
  from feed_epoch e, pg_control_system() s, pg_control_checkpoint() c
$$;

create function ward_places(p_ward text) returns table (location_id text) language sql stable
set search_path = wardkey, pg_temp as $$
  with recursive down as (
    select p_ward as location_id, 1 as depth
    union all
    select p.location_id, down.depth + 1 from down join place p on p.parent_id = down.location_id where down.depth < 8
  )
  select location_id from down
$$;

create function feed_total(p_ward text) returns bigint
language sql security definer set search_path = wardkey, pg_temp as $$
  select (select count(*) from ward_member m join resource r on r.patient_id = m.patient_id and not r.deleted
           where m.ward_id = p_ward)
       + (select count(*) from ward_places(p_ward) w join resource r on r.type = 'Location' and r.id = w.location_id
           and not r.deleted)
$$;

-- One page of the first fill after (patient, type, id); the ward's places come before its first patient.
create function feed_fill(
  p_actor jsonb, p_ward text, p_patient text, p_type text, p_id text, p_limit integer
) returns table (patient_id text, type text, id text, version bigint, sealed bytea)
language sql security definer set search_path = wardkey, pg_temp as $$
  with page as materialized (
    select * from (
      select '' as patient_id, 'Location' as type, w.location_id as id from ward_places(p_ward) w
        join resource l on l.type = 'Location' and l.id = w.location_id and not l.deleted
      union all
      select r.patient_id, r.type, r.id from ward_member m join resource r on r.patient_id = m.patient_id and not r.deleted
       where m.ward_id = p_ward and m.patient_id >= p_patient
    ) candidate
    where (candidate.patient_id, candidate.type, candidate.id) > (p_patient, p_type, p_id)
    order by 1, 2, 3 limit p_limit
  ), audited as materialized (
    select audit_release(p_actor, 'syncFill', array(select distinct nullif(f.patient_id, '') from page f), 'feed', 'ward') as done
  )
  select f.patient_id, f.type, f.id, r.version, r.sealed
    from page f join resource r using (type, id) cross join audited where audited.done and not r.deleted order by 1, 2, 3
$$;

-- The next changes after (xid, seq). A change names a record; what is released is its current body, once.
create function feed_changes(p_actor jsonb, p_ward text, p_xid text, p_seq bigint, p_horizon text, p_limit integer)
returns table (xid text, seq bigint, op text, patient_id text, type text, id text, version bigint, sealed bytea)
language sql security definer set search_path = wardkey, pg_temp as $$
  with page as materialized (
    select f.*, row_number() over (order by f.xid, f.seq) as place from (
      select m.xid, m.seq, m.op, m.patient_id, m.type, m.id, m.version from ward_member w
        cross join lateral (
          select c.xid, c.seq, case when c.deleted then 'tombstone' else 'put' end as op,
                 c.patient_id, c.type, c.id, c.version
            from change c where c.patient_id = w.patient_id
             and (c.xid, c.seq) > (p_xid::xid8, p_seq) and c.xid < p_horizon::xid8
           order by c.xid, c.seq limit p_limit) m
       where w.ward_id = p_ward
      union all
      select c.xid, c.seq, case when c.deleted then 'tombstone' else 'put' end, null, c.type, c.id, c.version
        from change c where c.patient_id is null and c.type = 'Location'
         and c.id in (select location_id from ward_places(p_ward))
         and (c.xid, c.seq) > (p_xid::xid8, p_seq) and c.xid < p_horizon::xid8
      union all
      select e.xid, e.seq, case when e.entered then 'enter' else 'purge' end, e.patient_id, null, null, null
        from ward_event e where e.ward_id = p_ward
         and (e.xid, e.seq) > (p_xid::xid8, p_seq) and e.xid < p_horizon::xid8
    ) f order by f.xid, f.seq limit p_limit
  ), released as (
    select coalesce(array_agg(distinct f.patient_id), '{}') as patients from page f
     where f.op = 'put' and f.patient_id is not null
  ), audited as materialized (
    select case when cardinality(patients) > 0 then audit_release(p_actor, 'syncFill', patients, 'feed', 'ward')
                else true end as done from released
  ), last_put as (
    -- A body is the same at each place where the page names it: it travels once, at the last.
    select distinct on (f.type, f.id) f.seq from page f where f.op = 'put' order by f.type, f.id, f.place desc
  )
  select f.xid::text, f.seq, f.op, f.patient_id, f.type, f.id, coalesce(r.version, f.version), r.sealed
    from page f cross join audited
    left join last_put l on l.seq = f.seq
    left join resource r on l.seq is not null and r.type = f.type and r.id = f.id and not r.deleted
      and r.patient_id is not distinct from f.patient_id
   where audited.done order by f.place
$$;
grant execute on function feed_head, feed_total, feed_fill, feed_changes to wardkey_app;
`,
};

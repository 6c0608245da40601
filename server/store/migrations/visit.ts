import type { Migration } from '../../postgres/migrate.ts';

/** Who opens a patient of another ward must see where she lies: the record comes with her places, from bed to ward. */
export const visitMigration: Migration = {
  number: 5,
  name: 'visit',
  sql: `
create or replace function patient_release(p_actor jsonb, p_reason text, p_patient text)
returns table (type text, id text, version bigint, patient_id text, deleted boolean, sealed bytea)
language plpgsql security definer set search_path = wardkey, pg_temp as $$
begin
  perform audit_release(p_actor, 'view', array[p_patient], 'chart', p_reason);
  return query
    with recursive up as (
      select p.location_id, p.parent_id, 1 as depth from stay s join place p using (location_id) where s.patient_id = p_patient
      union
      select p.location_id, p.parent_id, up.depth + 1 from up join place p on p.location_id = up.parent_id where up.depth < 8
    )
    select r.type, r.id, r.version, r.patient_id, r.deleted, r.sealed from resource r
     where not r.deleted and (r.patient_id = p_patient
       or (r.patient_id is null and r.type = 'Location' and r.id in (select up.location_id from up)))
     order by r.type, r.id;
end $$;
`,
};

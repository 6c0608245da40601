import type { Migration } from '../../postgres/migrate.ts';

/** An operation may build on another one: what came of that must be known before it is carried out. */
export const chainMigration: Migration = {
  number: 6,
  name: 'chain',
  sql: `
create function operation_result(p_operation uuid) returns jsonb
language sql stable security definer set search_path = wardkey, pg_temp as $$
  select o.result from operation o where o.operation_id = p_operation
$$;
grant execute on function operation_result to wardkey_app;
`,
};

import * as v from 'valibot';
import { appendServerAudit } from './audit/serverAudit.ts';
import { issueEnrolmentToken, revokeTerminal } from './identity/enrolment.ts';
import type { Services } from './services.ts';
import { clearFailures } from './terminal/throttle.ts';

/** What administration works on. */
export type AdministrationParts = Pick<Services, 'database' | 'keys' | 'authority' | 'clock'>;

const word = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200));
const enrolmentLifeMs = 3_600_000;

const commands = {
  /** The content of a terminal's enrolment file; its token is good once and for an hour. */
  'enrol-terminal': command(
    { name: word, ward: word, place: word, url: v.pipe(word, v.url()) },
    async ({ database, keys, authority, clock }, { name, ward, place, url }) => {
      const token = await database.transaction(async (query) => {
        const terminal = { name, wardId: ward, place };
        const issued = await issueEnrolmentToken(query, keys, terminal, clock() + enrolmentLifeMs);
        const entry = { subject: 'Device', reason: 'enrolmentToken' } as const;
        await appendServerAudit(query, { action: 'administer', outcome: 'success', ...entry });
        return issued;
      });
      return { serverUrl: url, caPem: authority.authorityPem, token };
    },
  ),
  /** Shuts a terminal out, from its next request on. */
  'revoke-terminal': command({ terminal: word }, async ({ database }, { terminal }) => {
    await needTerminal(database, terminal);
    await revokeTerminal(database, terminal);
    return { revoked: terminal };
  }),
  /** Forgets a person's wrong PINs, so that the next right one lets her in at once. */
  'unlock-pin': command({ person: word }, async ({ database }, { person: personId }) => {
    await database.transaction(async (query) => {
      const { rowCount } = await query('select 1 from directory.people where person_id = $1', [
        personId,
      ]);
      if (rowCount === 0) throw new Error(`there is no person ${personId}`);
      await clearFailures(query, personId);
      const entry = { personId, subject: 'Practitioner', reason: 'pinUnlocked' } as const;
      await appendServerAudit(query, { action: 'administer', outcome: 'success', ...entry });
    });
    return { unlocked: personId };
  }),
  /** Lets one terminal's access log go on although lines before it are lost; see docs/operations.md. */
  'permit-audit-gap': command(
    { terminal: word, by: word, reason: word },
    async ({ database }, { terminal, by, reason }) => {
      await needTerminal(database, terminal);
      await database.query('select audit.permit_gap($1,$2,$3)', [terminal, by, reason]);
      return { permitted: terminal };
    },
  ),
};

/** Carries out one command of an administrator; each of them is in the audit record. Throws with words for IT. */
export async function administer(
  parts: AdministrationParts,
  name: string,
  options: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (!isCommand(name)) throw new Error(`commands: ${Object.keys(commands).join(', ')}`);
  return await commands[name](parts, options);
}

function isCommand(name: string): name is keyof typeof commands {
  return Object.hasOwn(commands, name);
}

function command<Options extends v.ObjectEntries>(
  options: Options,
  carryOut: (
    parts: AdministrationParts,
    given: v.InferOutput<v.StrictObjectSchema<Options, undefined>>,
  ) => Promise<unknown>,
) {
  const schema = v.strictObject(options);
  return async (parts: AdministrationParts, given: unknown): Promise<unknown> => {
    const checked = v.safeParse(schema, given);
    if (checked.success) return await carryOut(parts, checked.output);
    throw new Error(
      `options: ${Object.keys(options)
        .map((name) => `--${name} …`)
        .join(' ')}`,
    );
  };
}

async function needTerminal(
  database: AdministrationParts['database'],
  terminalId: string,
): Promise<void> {
  const { rowCount } = await database.query(
    'select 1 from terminal.terminals where terminal_id = $1',
    [terminalId],
  );
  if (rowCount === 0) throw new Error(`there is no terminal ${terminalId}`);
}

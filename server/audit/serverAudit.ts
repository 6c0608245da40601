import type { AuditAction } from '#core/contracts/audit.ts';
import type { PurposeOfUse } from '../context.ts';
import type { Query } from '../postgres/database.ts';

/** What the server writes of its own: closed words and ids only. */
export interface ServerAuditEntry {
  readonly action: AuditAction | 'enrol' | 'revoke' | 'administer';
  readonly outcome: 'success' | 'denied' | 'failure';
  readonly personId?: string | null;
  readonly sessionId?: string | null;
  readonly terminalId?: string | null;
  readonly patientIds?: readonly string[];
  readonly subject: string;
  readonly purposeOfUse?: PurposeOfUse;
  readonly reason?: string | null;
}

/** Writes an entry in the caller's transaction, so that it stands exactly when what it tells of stands. */
export async function appendServerAudit(query: Query, entry: ServerAuditEntry): Promise<void> {
  await query('select wardkey.audit_append($1,$2,$3,$4,$5,$6,$7,$8,$9)', [
    entry.action,
    entry.outcome,
    entry.personId ?? null,
    entry.sessionId ?? null,
    entry.terminalId ?? null,
    entry.patientIds ?? [],
    entry.subject,
    entry.purposeOfUse ?? 'TREAT',
    entry.reason ?? null,
  ]);
}

/** Raises an alert that somebody must look at; stays whatever becomes of the request. */
export async function raiseAlert(
  query: Query,
  kind: 'auditGap' | 'auditFork' | 'auditAltered' | 'auditForeign',
  terminalId: string,
  detail: Readonly<Record<string, string | number>>,
): Promise<void> {
  await query('select audit.raise_alert($1,$2,$3)', [kind, terminalId, JSON.stringify(detail)]);
}

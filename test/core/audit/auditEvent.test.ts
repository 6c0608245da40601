import { validateResource } from '@medplum/core';
import type { AuditEvent } from '@medplum/fhirtypes';
import { expect, it } from 'vitest';
import { auditEventOf } from '#core/audit/auditEvent.ts';
import { sealEntry } from '#core/audit/chain.ts';
import { auditActionSchema, type AuditEntry } from '#core/contracts/audit.ts';
import { pick } from '#core/clinical/fhir.ts';
import { loadDefinitions } from '#server/store/definitions.ts';

const facts = {
  terminalName: 'ASH-03',
  terminalAddress: '10.1.2.3',
  serverName: 'Wardkey record server',
};

function entry(changes: Partial<AuditEntry> = {}): AuditEntry {
  return sealEntry(
    {
      sequence: 7,
      entryId: '7d3cf1de-8d2d-4fd4-8c8e-4f3b8d1d2b11',
      terminalId: 'terminal-1',
      recordedAtMs: Date.UTC(2026, 10, 23, 14, 34),
      previousHash: '0'.repeat(64),
      action: 'view',
      outcome: 'success',
      personId: 'nurse-1',
      sessionId: 'session-1',
      patientIds: ['patient-1'],
      subject: 'chart.vitals',
      purposeOfUse: 'TREAT',
      reason: 'ward',
      ...changes,
    },
    () => 'ab'.repeat(32),
  );
}

it('every action and outcome renders as a valid FHIR R4 AuditEvent', () => {
  loadDefinitions();
  for (const action of auditActionSchema.options) {
    for (const outcome of ['success', 'denied', 'failure'] as const) {
      for (const personId of ['nurse-1', null]) {
        const event = auditEventOf(entry({ action, outcome, personId, reason: null }), facts);
        expect(() => validateResource(event as unknown as AuditEvent)).not.toThrow();
      }
    }
  }
}, 30_000);

it('a view has what BALP asks of a PatientRead: read, client, server, requesting user, patient, data, transaction', () => {
  const event = auditEventOf(entry(), facts);
  expect(event).toMatchObject({
    type: { code: 'rest' },
    subtype: [{ code: 'read' }],
    action: 'R',
    outcome: '0',
    recorded: '2026-11-23T14:34:00.000Z',
  });
  expect(event['agent']).toMatchObject([
    {
      type: { coding: [{ code: 'IRCP' }] },
      who: { reference: 'Practitioner/nurse-1' },
      requestor: true,
      purposeOfUse: [{ coding: [{ code: 'TREAT' }] }],
    },
    { type: { coding: [{ code: '110153' }] }, requestor: false },
    {
      type: { coding: [{ code: '110152' }] },
      requestor: false,
      network: { address: '10.1.2.3', type: '2' },
    },
  ]);
  expect(event['entity']).toMatchObject([
    { what: { reference: 'Patient/patient-1' }, role: { code: '1' } },
    { role: { code: '4' }, name: 'chart.vitals' },
    { what: { identifier: { value: 'ab'.repeat(32) } }, type: { code: 'XrequestId' } },
  ]);
});

it('a refusal keeps its reason, and with nobody identified the terminal is who asked', () => {
  const refused = entry({
    action: 'loginRefused',
    outcome: 'denied',
    personId: null,
    reason: 'badgeUnknown',
  });
  const event = auditEventOf(refused, facts);
  expect(event).toMatchObject({ outcome: '4', outcomeDesc: 'badgeUnknown' });
  expect(pick(event, 'agent', 1)).toMatchObject({ requestor: true });
});

it('a board names each of its patients', () => {
  const event = auditEventOf(entry({ patientIds: ['a', 'b', 'c'] }), facts);
  const text = JSON.stringify(event['entity']);
  for (const id of ['a', 'b', 'c']) expect(text).toContain(`"Patient/${id}"`);
});

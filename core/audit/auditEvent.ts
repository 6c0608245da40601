import type { AuditAction, AuditEntry } from '#core/contracts/audit.ts';
import type { SyncResource } from '#core/contracts/sync.ts';

/** What an entry does not say of itself: who the two machines are. */
export interface AuditEventFacts {
  readonly terminalName: string;
  /** Host name or address of the terminal, as the server saw it; null when unknown. */
  readonly terminalAddress: string | null;
  readonly serverName: string;
}

interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const auditType = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const restfulInteraction = 'http://hl7.org/fhir/restful-interaction';
const participation = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const entityType = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const entityRole = 'http://terminology.hl7.org/CodeSystem/object-role';

const rest: Coding = { system: auditType, code: 'rest', display: 'Restful Operation' };
const dcm = (code: string, display: string): Coding => ({ system: dicom, code, display });
const interaction = (code: string): Coding => ({
  system: restfulInteraction,
  code,
  display: code,
});
const authentication = dcm('110114', 'User Authentication');
const security = dcm('110113', 'Security Alert');

/** IHE BALP type, subtype and FHIR action (C, R, U, E) of each of our actions. */
const kinds: Readonly<Record<AuditAction, readonly [Coding, Coding, 'C' | 'R' | 'U' | 'E']>> = {
  login: [authentication, dcm('110122', 'Login'), 'E'],
  logout: [authentication, dcm('110123', 'Logout'), 'E'],
  loginRefused: [authentication, dcm('110122', 'Login'), 'E'],
  lock: [authentication, dcm('110123', 'Logout'), 'E'],
  uncover: [authentication, dcm('110122', 'Login'), 'E'],
  view: [rest, interaction('read'), 'R'],
  search: [rest, interaction('search'), 'E'],
  write: [rest, interaction('update'), 'U'],
  print: [dcm('110106', 'Export'), dcm('110106', 'Export'), 'R'],
  denied: [rest, interaction('read'), 'R'],
  syncFill: [rest, interaction('search'), 'E'],
  readerLost: [security, dcm('110132', 'Use of Restricted Function'), 'E'],
  tamper: [security, dcm('110126', 'Node Authentication'), 'E'],
  clockJump: [security, dcm('110131', 'Software Configuration'), 'E'],
};

/** FHIR outcome: 0 success, 4 refused, 8 failed. */
const outcomes = { success: '0', denied: '4', failure: '8' } as const;

/** Renders an entry as a FHIR R4 AuditEvent after IHE BALP; holds ids and closed words only, as the entry does. */
export function auditEventOf(entry: AuditEntry, facts: AuditEventFacts): SyncResource {
  const [type, subtype, action] = kinds[entry.action];
  return {
    resourceType: 'AuditEvent',
    id: entry.entryId,
    type,
    subtype: [subtype],
    action,
    recorded: new Date(entry.recordedAtMs).toISOString(),
    outcome: outcomes[entry.outcome],
    ...(entry.reason === null ? {} : { outcomeDesc: entry.reason }),
    purposeOfEvent: [purpose(entry)],
    agent: [...userAgent(entry), ...machineAgents(entry, facts)],
    source: {
      observer: { display: facts.terminalName, identifier: { value: entry.terminalId } },
      type: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
          code: '1',
          display: 'User Device',
        },
      ],
    },
    entity: [...patientEntities(entry), dataEntity(entry), transactionEntity(entry)],
  };
}

function purpose(entry: AuditEntry): object {
  return {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: entry.purposeOfUse },
    ],
  };
}

/** The person, who asked; nobody when nobody was identified. */
function userAgent(entry: AuditEntry): object[] {
  if (entry.personId === null) return [];
  return [
    {
      type: {
        coding: [{ system: participation, code: 'IRCP', display: 'information recipient' }],
      },
      who: { reference: `Practitioner/${entry.personId}` },
      requestor: true,
      purposeOfUse: [purpose(entry)],
    },
  ];
}

/** BALP wants both ends of the exchange: the terminal as client, the record server as server. */
function machineAgents(entry: AuditEntry, facts: AuditEventFacts): object[] {
  return [
    {
      type: { coding: [dcm('110153', 'Source Role ID')] },
      who: { display: facts.serverName },
      requestor: false,
    },
    {
      type: { coding: [dcm('110152', 'Destination Role ID')] },
      who: { display: facts.terminalName, identifier: { value: entry.terminalId } },
      // Nobody identified: then the terminal itself is who asked, and FHIR wants one.
      requestor: entry.personId === null,
      ...(facts.terminalAddress === null
        ? {}
        : {
            network: { address: facts.terminalAddress, type: networkType(facts.terminalAddress) },
          }),
    },
  ];
}

/** FHIR network type: 2 an IP address, 1 a machine name. */
function networkType(address: string): '1' | '2' {
  return /^[\d.]+$|:/.test(address) ? '2' : '1';
}

function patientEntities(entry: AuditEntry): object[] {
  return entry.patientIds.map((patientId) => ({
    what: { reference: `Patient/${patientId}` },
    type: { system: entityType, code: '1', display: 'Person' },
    role: { system: entityRole, code: '1', display: 'Patient' },
  }));
}

/** What was opened, by its closed word; a search's words are never written down. */
function dataEntity(entry: AuditEntry): object {
  return {
    type: { system: entityType, code: '2', display: 'System Object' },
    role: { system: entityRole, code: '4', display: 'Domain Resource' },
    name: entry.subject,
  };
}

/** The entry's place in its terminal's chain, so that a copy can be held against the log. */
function transactionEntity(entry: AuditEntry): object {
  return {
    what: { identifier: { system: 'urn:wardkey:audit-entry-hash', value: entry.hash } },
    type: {
      system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
      code: 'XrequestId',
    },
    detail: [
      { type: 'sequence', valueString: String(entry.sequence) },
      ...(entry.sessionId === null ? [] : [{ type: 'session', valueString: entry.sessionId }]),
    ],
  };
}

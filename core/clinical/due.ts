import { conceptText, hasCoding, pick, pickText, pickTimeMs } from './fhir.ts';
import { systems } from './systems.ts';

/** Something to be done for a patient. */
export interface Due {
  readonly text: string;
  readonly atMs: number | null;
}

const openTask = new Set(['requested', 'received', 'accepted', 'ready', 'in-progress']);

/** True for a Task that still has to be done. */
export function isOpenTask(task: unknown): boolean {
  return pick(task, 'resourceType') === 'Task' && openTask.has(pickText(task, 'status') ?? '');
}

function taskTime(task: unknown): number | null {
  return (
    pickTimeMs(task, 'restriction', 'period', 'end') ??
    pickTimeMs(task, 'executionPeriod', 'end') ??
    pickTimeMs(task, 'executionPeriod', 'start')
  );
}

function isObservations(task: unknown): boolean {
  return hasCoding(pick(task, 'code'), systems.task, 'observations');
}

/** When the next set of observations is due: the earliest open task that asks for one. */
export function nextObservations(resources: readonly unknown[]): number | null {
  const times = resources
    .filter((resource) => isOpenTask(resource) && isObservations(resource))
    .flatMap((task) => taskTime(task) ?? []);
  return times.length === 0 ? null : Math.min(...times);
}

/** True for an order with a time that has not been completed. */
export function isTimedOrder(resource: unknown): boolean {
  return (
    pick(resource, 'resourceType') === 'ServiceRequest' &&
    pick(resource, 'status') === 'active' &&
    pickTimeMs(resource, 'occurrenceDateTime') !== null
  );
}

/** What is due besides observations, earliest first, what has no time last. */
export function readDue(resources: readonly unknown[]): Due[] {
  const due: Due[] = [];
  for (const resource of resources) {
    if (isOpenTask(resource) && !isObservations(resource)) {
      const text = pickText(resource, 'description') ?? conceptText(pick(resource, 'code'));
      if (text !== null) due.push({ text, atMs: taskTime(resource) });
    } else if (isTimedOrder(resource)) {
      const text = conceptText(pick(resource, 'code'));
      if (text !== null) due.push({ text, atMs: pickTimeMs(resource, 'occurrenceDateTime') });
    }
  }
  return due.sort((a, b) => (a.atMs ?? Infinity) - (b.atMs ?? Infinity));
}

/** Picks the largest patients out of a FHIR NDJSON file (gzipped or not), so that a benchmark need not load all of it. */
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { createGunzip } from 'node:zlib';

function linesOf(file) {
  const bytes = createReadStream(file);
  return createInterface({
    input: file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes,
    crlfDelay: Infinity,
  });
}

/** The patient a resource belongs to, or null. */
function patientOf(resource) {
  if (resource.resourceType === 'Patient') return resource.id;
  const reference = (resource.subject ?? resource.patient)?.reference;
  return reference?.startsWith('Patient/') ? reference.slice('Patient/'.length) : null;
}

/** Writes every resource of the `count` living patients with most resources to `target`; answers how many resources. */
export async function writeLargestPatients(source, target, count) {
  const sizes = new Map();
  const deceased = new Set();
  for await (const line of linesOf(source)) {
    const resource = JSON.parse(line);
    const patientId = patientOf(resource);
    if (patientId === null) continue;
    sizes.set(patientId, (sizes.get(patientId) ?? 0) + 1);
    if (resource.deceasedDateTime || resource.deceasedBoolean) deceased.add(patientId);
  }
  const chosen = new Set(
    [...sizes]
      .filter(([patientId]) => !deceased.has(patientId))
      .sort((a, b) => b[1] - a[1])
      .slice(0, count)
      .map(([patientId]) => patientId),
  );
  const out = createWriteStream(target);
  let written = 0;
  for await (const line of linesOf(source)) {
    if (!chosen.has(patientOf(JSON.parse(line)))) continue;
    written += 1;
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return written;
}

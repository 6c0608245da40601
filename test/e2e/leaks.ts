import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { readIdentity } from '#core/clinical/identity.ts';
import { generateHospital } from '../hospital/hospital.ts';
import type { World } from '../../build/world.mjs';

/** Something that must not be found, under a name that may be printed. */
export interface Needle {
  readonly what: string;
  readonly bytes: Buffer;
}

/** The seed from which the worlds of the tests are made. */
const seed = 'wardkey';

/** As text, and as UTF-16 in which browsers keep it. */
function needle(what: string, text: string): Needle[] {
  return [
    { what, bytes: Buffer.from(text, 'utf8') },
    { what: `${what} (UTF-16)`, bytes: Buffer.from(text, 'utf16le') },
  ];
}

/** Every patient of the hospital: record number, id and name as screens and resources write it. */
export function patientNeedles(): Needle[] {
  return patientsOfHospital().flatMap((patient) => [
    ...needle('record number', patient.recordNumber ?? ''),
    ...needle('patient id', patient.patientId),
    ...needle('name', `${patient.given} ${patient.family}`),
    ...needle('name on screen', `${patient.family.toLocaleUpperCase('en')}, ${patient.given}`),
    ...needle('family name in a resource', `"family":"${patient.family}"`),
  ]);
}

/** Family names alone: rare enough in a log, though not in a whole browser folder. */
export function familyNeedles(): Needle[] {
  return patientsOfHospital().flatMap(({ family }) =>
    family.length < 4 ? [] : needle('family name', family),
  );
}

/** The patients that a world of the usual seed has. */
export function patientsOfHospital() {
  return generateHospital({ seed, nowMs: Date.now() })
    .resources.filter((resource) => resource.resourceType === 'Patient')
    .map(readIdentity);
}

/** Badges in every notation somebody might write them in, and the people's PINs. */
export function badgeNeedles(badges: readonly { uid: string; pin?: string }[]): Needle[] {
  return badges.flatMap(({ uid, pin }) => {
    const bytes = Buffer.from(uid, 'hex');
    const reversed = Buffer.from(bytes).reverse();
    const spaced = uid.match(/../g) ?? [];
    return [
      { what: 'badge bytes', bytes },
      ...[uid, uid.toUpperCase(), spaced.join(':'), spaced.join(' ')].flatMap((text) =>
        needle('badge in hex', text),
      ),
      ...[bytes, reversed].flatMap((one) =>
        needle('badge in decimal', String(BigInt(`0x${one.toString('hex')}`))),
      ),
      ...(pin === undefined ? [] : needle('PIN', pin)),
    ];
  });
}

/** The device secret in the notations of a program's log. */
export function secretNeedles(world: World): Needle[] {
  const secret = readFileSync(path.join(world.files.state, 'device.secret'));
  return (['base64url', 'base64', 'hex'] as const).flatMap((encoding) =>
    needle('device secret', secret.toString(encoding)),
  );
}

/** All files below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(file);
    return entry.isFile() ? [file] : [];
  });
}

/** Where what must not be found is: `what in file` per hit. */
export function findInFiles(files: readonly string[], needles: readonly Needle[]): string[] {
  return files.flatMap((file) => {
    // What was there a moment ago may be gone: a browser tidies up.
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return [];
    return findIn(readFileSync(file), needles).map((what) => `${what} in ${path.basename(file)}`);
  });
}

/** Which needles are in these bytes. */
export function findIn(bytes: Buffer, needles: readonly Needle[]): string[] {
  return needles.filter((one) => bytes.includes(one.bytes)).map(({ what }) => what);
}

/** What terminal, record server and database have logged in a world, as one piece. */
export function logsOf(world: World): Buffer {
  const { dataDirectory } = JSON.parse(readFileSync(world.files.serverConfig, 'utf8')) as {
    dataDirectory: string;
  };
  const files = [
    ...filesBelow(path.join(world.files.state, 'log')),
    path.join(dataDirectory, 'postgres', 'server.log'),
  ];
  return Buffer.concat([
    ...files.map((file) => readFileSync(file)),
    Buffer.from(world.serverLog(), 'utf8'),
  ]);
}

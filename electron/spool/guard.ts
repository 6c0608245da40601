import { accessSync, constants, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { refuse, succeed, type Result } from '#core/result.ts';
import { storageFaultOf } from '#native/sqlite/storageFault.ts';
import { SpoolFailure, type SpoolRefusal } from './spool.ts';

/** Turns the file's troubles into the spool's closed codes. */
export interface Guard {
  write<Value>(work: () => Value): Result<Value, SpoolRefusal>;
  read<Value>(work: () => Value): Value;
}

/** `onFault` hears every trouble, also those of reads. Damage is for good: the connection cannot be trusted after it. */
export function createGuard(path: string, onFault: (code: SpoolRefusal) => void): Guard {
  let damaged = false;
  const classify = (error: unknown): SpoolRefusal => {
    const code = spoolRefusalOf(path, error);
    if (code === null) throw error;
    damaged ||= code === 'spoolDamaged';
    onFault(code);
    return code;
  };
  return {
    write(work) {
      if (damaged) return refuse('spoolDamaged');
      try {
        return succeed(work());
      } catch (error) {
        return refuse(classify(error));
      }
    },
    read(work) {
      if (damaged) throw new SpoolFailure('spoolDamaged');
      try {
        return work();
      } catch (error) {
        throw new SpoolFailure(classify(error), error);
      }
    },
  };
}

/** The spool's code for an error of the storage, or null when the error is not about storage. */
export function spoolRefusalOf(path: string, error: unknown): SpoolRefusal | null {
  if (error instanceof SpoolFailure) return error.code;
  const fault = storageFaultOf(error);
  if (fault === null) return null;
  if (fault === 'full') return 'diskFull';
  if (fault === 'readOnly') return 'readOnly';
  // A full or read-only disk also shows itself as a plain I/O error, on the shared-memory file for one.
  return diskTrouble(path) ?? 'spoolDamaged';
}

/** What is wrong with the disk itself, if anything. */
export function diskTrouble(path: string): 'diskFull' | 'readOnly' | null {
  const directory = dirname(path);
  try {
    accessSync(directory, constants.W_OK);
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < 64 * 1024 ? 'diskFull' : null;
  } catch {
    return 'readOnly';
  }
}

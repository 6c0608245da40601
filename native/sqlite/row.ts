import { assert } from '#core/result.ts';
import type { SqlRow } from './query.ts';

/** Reads a TEXT column. STRICT tables make a wrong type a programmer's error. */
export function readText(row: SqlRow, column: string): string {
  const value = row[column];
  assert(typeof value === 'string', `column ${column} is text`);
  return value;
}

/** Reads an INTEGER or REAL column. */
export function readNumber(row: SqlRow, column: string): number {
  const value = row[column];
  assert(typeof value === 'number', `column ${column} is a number`);
  return value;
}

/** Reads a BLOB column. */
export function readBytes(row: SqlRow, column: string): Uint8Array {
  const value = row[column];
  assert(value instanceof Uint8Array, `column ${column} is bytes`);
  return value;
}

/** Reads a TEXT column that may be NULL. */
export function readNullableText(row: SqlRow, column: string): string | null {
  return row[column] === null ? null : readText(row, column);
}

/** Reads an INTEGER or REAL column that may be NULL. */
export function readNullableNumber(row: SqlRow, column: string): number | null {
  return row[column] === null ? null : readNumber(row, column);
}

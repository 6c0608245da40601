/** A value that SQLite stores. Booleans are 0 and 1: the schema says which columns mean one. */
export type SqlValue = string | number | null | Uint8Array;

/** A row as SQLite gives it; parse it by `row.ts` before use. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

declare const queryBrand: unique symbol;

/** One statement with its values bound apart from its text: made by `sql` alone, so no value can become text. */
export interface SqlQuery {
  readonly text: string;
  readonly values: readonly SqlValue[];
  readonly [queryBrand]: true;
}

const texts = new WeakMap<TemplateStringsArray, string>();

/** Writes a statement; every `${value}` becomes a bound parameter. */
export function sql(parts: TemplateStringsArray, ...values: readonly SqlValue[]): SqlQuery {
  let text = texts.get(parts);
  if (text === undefined) {
    text = parts.join('?');
    texts.set(parts, text);
  }
  return { text, values } as unknown as SqlQuery;
}

declare const readable: unique symbol;
declare const writable: unique symbol;

/** A database that a function may read. */
export interface ReadableDb {
  readonly [readable]: true;
  all(query: SqlQuery): SqlRow[];
  get(query: SqlQuery): SqlRow | undefined;
}

/** A database that a function may change. */
export interface WritableDb extends ReadableDb {
  readonly [writable]: true;
  /** Answers how many rows it changed. */
  run(query: SqlQuery): number;
  /** Runs `work` wholly or not at all; inside another transaction it becomes a part of that one. */
  transaction<Value>(work: () => Value): Value;
}

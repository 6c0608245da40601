import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { systemCalls, workspaceCalls } from '#core/contracts/channels.ts';
import { systemCallSchemas, workspaceCallSchemas } from '#core/contracts/ipc.ts';

/* What a hostile page may send at most: every field of every payload has an end. */

interface Shape {
  readonly type: string;
  readonly pipe?: readonly { readonly type: string }[];
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly options?: readonly unknown[];
  readonly wrapped?: Shape;
  readonly item?: Shape;
}

const bounds = ['max_length', 'regex', 'uuid'];
const plain = ['number', 'boolean', 'null', 'literal', 'picklist'];

function hasEnd({ pipe = [] }: Shape, ends: readonly string[]): boolean {
  return pipe.some(({ type }) => ends.includes(type));
}

function unboundedArray(shape: Shape, path: string): string[] {
  const item = unbounded(shape.item ?? { type: 'missing' }, `${path}[]`);
  return hasEnd(shape, ['max_length']) ? item : [`${path} (array)`, ...item];
}

/** Paths of fields that take a text or an array of any length, or objects with keys of the sender's choice. */
function unbounded(shape: Shape, path: string): string[] {
  switch (shape.type) {
    case 'strict_object':
      return Object.entries(shape.entries ?? {}).flatMap(([name, entry]) =>
        unbounded(entry, `${path}.${name}`),
      );
    case 'nullable':
    case 'optional':
      return unbounded(shape.wrapped ?? { type: 'missing' }, path);
    case 'variant':
    case 'union':
      return (shape.options as Shape[]).flatMap((option) => unbounded(option, path));
    case 'array':
      return unboundedArray(shape, path);
    case 'string':
      return hasEnd(shape, bounds) ? [] : [path];
    default:
      return plain.includes(shape.type) ? [] : [`${path} (${shape.type})`];
  }
}

const calls = Object.entries({ ...systemCallSchemas, ...workspaceCallSchemas });

it.each(calls)('no field of %s is without an end', (name, { payload }) => {
  expect(unbounded(payload as unknown as Shape, name)).toEqual([]);
});

describe('the table of calls', () => {
  it('has exactly the channels that preload offers', () => {
    expect(Object.keys(systemCallSchemas)).toEqual([...systemCalls]);
    expect(Object.keys(workspaceCallSchemas)).toEqual([...workspaceCalls]);
  });

  it('takes no key that it does not know, not even __proto__', () => {
    for (const [name, { payload }] of calls) {
      const polluted: unknown = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}');
      expect([name, v.is(payload, polluted)]).toEqual([name, false]);
    }
    const search: unknown = JSON.parse('{"text":"ev","where":"ward","__proto__":{"x":1}}');
    expect(v.is(workspaceCallSchemas.patientSearch.payload, search)).toBe(false);
  });
});

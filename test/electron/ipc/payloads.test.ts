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

/** Paths of fields that take a text of any length, an array, or objects with keys of the sender's choice. */
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
    case 'string':
      return (shape.pipe ?? []).some(({ type }) => bounds.includes(type)) ? [] : [path];
    case 'number':
    case 'boolean':
    case 'null':
    case 'literal':
    case 'picklist':
      return [];
    default:
      return [`${path} (${shape.type})`];
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

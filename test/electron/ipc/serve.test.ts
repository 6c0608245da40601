import { spawn } from 'node:child_process';
import path from 'node:path';
import * as v from 'valibot';
import { beforeAll, expect, it } from 'vitest';
import { bundleProgram } from '#test/virtual/readerHostUnderTest.ts';

/* Real pages in the real runtime against the one place that answers them. */

const attackSchema = v.object({
  reply: v.unknown(),
  troubles: v.array(v.string()),
  handled: v.array(v.string()),
});
const pushesSchema = v.object({ fitted: v.array(v.boolean()), sent: v.array(v.unknown()) });
const resultsSchema = v.objectWithRest(
  { unfitPayloads: v.array(attackSchema), polluted: v.boolean(), pushes: pushesSchema },
  attackSchema,
);
let results: v.InferOutput<typeof resultsSchema>;
let said = '';

beforeAll(async () => {
  const main = bundleProgram(path.resolve(import.meta.dirname, 'serveInElectron.ts'));
  const runner = path.resolve(import.meta.dirname, '../../virtual/runElectron.mjs');
  // Its standard input stays open: the runner ends with it.
  const running = spawn(process.execPath, [runner, main], { stdio: ['pipe', 'pipe', 'ignore'] });
  running.stdout.on('data', (bytes) => (said += String(bytes)));
  await new Promise((resolve) => running.once('close', resolve));
  results = v.parse(resultsSchema, JSON.parse(said));
});

const denied = { ok: false, code: 'denied' };
const none = { handled: [] };

it('a registered page of the role is heard, and so is a refusal of the handler', () => {
  expect(results['allowed']).toEqual({
    reply: { ok: true, value: null },
    troubles: [],
    handled: ['sessionLeave'],
  });
  expect(results['refusedByHandler']).toEqual({
    reply: { ok: false, code: 'notFound' },
    troubles: [],
    handled: ['chartOpen'],
  });
});

it('a page without a session is told of', () => {
  expect(results['withoutSession']).toEqual({
    reply: { ok: false, code: 'noSession' },
    troubles: ['noSession conflictList'],
    handled: ['conflictList'],
  });
});

it.each([
  ['a page that nobody registered', 'unregistered', 'sessionLeave'],
  ['a page that was registered once', 'forgotten', 'sessionLeave'],
  ['a registered page that shows something else', 'otherPage', 'sessionLeave'],
  ['a frame within a registered page', 'subframe', 'sessionLeave'],
  ['a workspace that speaks as the system page', 'workspaceAsSystem', 'uncover'],
  ['the system page that speaks as a workspace', 'systemAsWorkspace', 'sessionLeave'],
])('%s is denied and told of', (_who, name, call) => {
  expect(results[name]).toEqual({ reply: denied, troubles: [`untrustedSender ${call}`], ...none });
});

it.each(['unknownCall', 'unknownRole', 'inheritedName'])('%s reaches nothing', (name) => {
  expect(results[name]).toMatchObject({ troubles: [], ...none });
  expect(String((results[name] as { reply: unknown }).reply)).toContain('No handler registered');
});

it('a payload that does not fit never reaches its handler, and pollutes nothing', () => {
  expect(results.unfitPayloads.length).toBeGreaterThan(15);
  for (const attack of results.unfitPayloads)
    expect(attack).toEqual({
      reply: { ok: false, code: 'invalid' },
      troubles: ['invalidPayload patientSearch'],
      ...none,
    });
  expect(results['fitPayload']).toMatchObject({ handled: ['patientSearch'] });
  expect(results['polluting']?.reply).not.toMatchObject({ code: 'denied' });
  expect(results.polluted).toBe(false);
});

it.each([
  ['unfitReply', 'invalidReply boardRead'],
  ['unfitList', 'invalidReply draftList'],
  ['failedHandler', 'failed terminalStatusRead'],
])('%s leaks nothing of what it holds', (name, trouble) => {
  expect(results[name]).toMatchObject({
    reply: { ok: false, code: 'internal' },
    troubles: [trouble],
  });
  expect(said).not.toContain('LEAK');
});

it('a message that does not fit its topic reaches no page', () => {
  expect(results.pushes).toEqual({
    fitted: [true, false, false, false, false, true],
    sent: [['wardkey:workspace:workspaceNotice', { notice: 'readerLost' }]],
  });
});

import { execFileSync } from 'node:child_process';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { bundleForNode } from '#test/electron/spool/bundleForNode.ts';

it("keys, certificates, refusals of wrong servers and the spool are the same under Electron's own Node and TLS", async () => {
  const told = execFileSync(process.execPath, ['build/electronRuntime.mjs'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { executable } = v.parse(v.object({ executable: v.string() }), JSON.parse(told));
  const bundle = await bundleForNode('test/electron/identity/inElectron.ts');
  const output = execFileSync(executable, [bundle.file], {
    encoding: 'utf8',
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    timeout: 30_000,
  });
  bundle.remove();
  expect(JSON.parse(output)).toEqual({
    electron: true,
    certifiesOwnKey: true,
    certifiesOtherKey: false,
    ours: 'heard',
    otherAuthority: 'untrusted',
    ended: 'untrusted',
    elsewhere: 'untrusted',
    oldProtocol: 'untrusted',
    spool: [2, 'spoolDamaged'],
  });
}, 60_000);

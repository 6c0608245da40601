/**
 * Gives the running program virtual badge readers: starts an isolated pcscd (pcscd.mjs says how it is isolated) and puts
 * what children need into this process's environment. Call it before Electron is started; no re-execution, no other setup:
 *
 *   import { enterIsolation } from '../test/virtual/isolated.mjs';
 *   const pcscd = await enterIsolation({ readers: ['Ward Reader 1', 'Ward Reader 2'], pollMs: 10 });
 *
 * Afterwards the environment holds, for this process and all it starts:
 *   PCSCLITE_CSOCK_NAME    the daemon's socket; libpcsclite reads it by itself
 *   WARDKEY_PCSC_PORTS     "port1,port2": where virtual cards connect, in the order of the readers
 *   WARDKEY_PCSC_READERS   "name1,name2": the readers' names as clients see them
 *   PCSCD_PID              the daemon
 * The daemon ends with this process at the latest; `await pcscd.stop()` ends it earlier.
 */
import process from 'node:process';
import { startPcscd } from './pcscd.mjs';

export async function enterIsolation(options = {}) {
  const pcscd = await startPcscd(options);
  Object.assign(process.env, pcscd.env, {
    WARDKEY_PCSC_PORTS: pcscd.readers.map(({ port }) => port).join(','),
    WARDKEY_PCSC_READERS: pcscd.readers.map(({ name }) => name).join(','),
    PCSCD_PID: String(pcscd.pid),
  });
  return pcscd;
}

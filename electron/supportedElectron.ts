/** Electron supports its three latest majors; the development runtime (docs/adr/0004) is far older. */
const oldestSupportedElectron = 43;

/** Whether a version of Electron gets no security fixes any more: the status screen warns of it. */
export function isOutdatedElectron(version: string): boolean {
  return Number(version.split('.')[0]) < oldestSupportedElectron;
}

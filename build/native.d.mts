/** Builds the native add-on when its sources or flags changed. */
export function buildNative(options?: { force?: boolean }): { addonPath: string; built: boolean };

/* A main process with nothing but a supervised reader host; prints every event, and after a badge the host's id. */
import { app } from 'electron';
import { spawnReaderHost } from '#electron/readerHost/spawnReaderHost.ts';
import { superviseReaderHost } from '#electron/readerHost/superviseReaderHost.ts';

const [modulePath, addonPath] = process.argv.slice(-2);

const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

const hostId = () =>
  app.getAppMetrics().find(({ name }) => name === 'Wardkey reader host')?.pid ?? null;

app.disableHardwareAcceleration();
void app.whenReady().then(() => {
  superviseReaderHost({
    spawn: () => spawnReaderHost({ modulePath: String(modulePath), addonPath: String(addonPath) }),
    onEvent: (event) => {
      say({ event });
      if (event.type === 'badge') say({ hostId: hostId() });
    },
  });
});

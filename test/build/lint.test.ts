import { ESLint } from 'eslint';
import { expect, it } from 'vitest';

/* Rules that keep a lock in its place: what would undo it does not pass `npm run check`. */

const eslint = new ESLint({ overrideConfigFile: 'build/eslint.config.js' });

it.each([
  [
    'electron/main.ts',
    "import { shell } from 'electron';\nshell.beep();\n",
    'no-restricted-imports',
  ],
  [
    'electron/ipc/serve.ts',
    "import { shell } from 'electron';\nshell.beep();\n",
    'no-restricted-imports',
  ],
  [
    'electron/main.ts',
    "import { ipcMain } from 'electron';\nipcMain.removeAllListeners();\n",
    'no-restricted-imports',
  ],
  [
    'electron/main.ts',
    "import electron from 'electron';\nelectron.shell.beep();\n",
    'no-restricted-properties',
  ],
  [
    'electron/main.ts',
    "import { session } from 'electron';\nsession.defaultSession.setCertificateVerifyProc(null);\n",
    'no-restricted-properties',
  ],
  [
    'electron/main.ts',
    "import { app } from 'electron';\napp.on('certificate-error', () => undefined);\n",
    'no-restricted-syntax',
  ],
  [
    'electron/main.ts',
    "import { app } from 'electron';\napp.commandLine.appendSwitch('ignore-certificate-errors');\n",
    'no-restricted-syntax',
  ],
])('in %s, %j is refused', async (filePath, text, rule) => {
  const [linted] = await eslint.lintText(text, { filePath });
  expect(linted?.messages.map(({ ruleId }) => ruleId)).toEqual([rule]);
});

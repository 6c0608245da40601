import tseslint from 'typescript-eslint';

const noClockNoRandom = [
  { object: 'Date', property: 'now', message: 'core is pure: time comes in as an argument' },
  {
    object: 'Math',
    property: 'random',
    message: 'core is pure: randomness comes in as an argument',
  },
];

/** Pages open nothing outside, and whoever a certificate does not prove stays refused: these would undo it. */
const noShell = { name: 'electron', importNames: ['shell'], message: 'nothing is opened outside' };
const noLoosening = [
  { object: 'electron', property: 'shell', message: 'nothing is opened outside' },
  { object: 'electron', property: 'ipcMain', message: 'only electron/ipc/serve.ts' },
  { property: 'setCertificateVerifyProc', message: 'Chromium judges certificates' },
];
const noCertificateSwitch = {
  selector: 'Literal[value=/^(certificate-error|ignore-certificate-errors.*|allow-insecure.*)$/]',
  message: 'no certificate error is overridden',
};

/** Lint rules that catch mistakes the compiler does not; style is prettier's. */
export default tseslint.config(
  { ignores: ['node_modules/**', 'out/**', 'dist/**', '**/*.cjs', '**/*.mjs', '**/*.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: true },
      ],
      'no-console': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 90, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 16],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'named exports only' },
        { selector: 'TSEnumDeclaration', message: 'unions instead of enums' },
        noCertificateSwitch,
      ],
      'no-restricted-properties': ['error', ...noLoosening],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'electron', importNames: ['ipcMain'], message: 'only electron/ipc/serve.ts' },
            noShell,
          ],
        },
      ],
    },
  },
  {
    files: ['electron/ipc/serve.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [noShell] }] },
  },
  { files: ['core/**/*.ts'], rules: { 'no-restricted-properties': ['error', ...noClockNoRandom] } },
  {
    files: ['electron/preload/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', 'process', 'Buffer'] },
  },
  // Composition roots build everything once, in order: their length is their content.
  {
    files: ['electron/compose.ts', 'electron/terminal.ts', 'server/compose.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['renderer/**/*.tsx'],
    rules: {
      'max-lines-per-function': ['error', { max: 160, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['test/**/*.ts', 'test/**/*.tsx'],
    rules: {
      'max-lines-per-function': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression[callee.property.name=/^(skip|only|todo|fixme)$/][callee.object.name=/^(it|test|describe)$/]',
          message: 'a test runs, or prints why not',
        },
      ],
    },
  },
);

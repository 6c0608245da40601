/** Imports go one way; docs/ARCHITECTURE.md says why. */
const folder = (name) => `^${name}/`;
const only = (from, allowed) => ({
  name: `${from}-imports`,
  severity: 'error',
  from: { path: folder(from), pathNot: '^electron/preload/' },
  to: { path: '^(core|native|electron|renderer|server|test|build)/', pathNot: allowed.map(folder) },
});
module.exports = {
  forbidden: [
    only('core', ['core']),
    only('native', ['native', 'core']),
    only('electron', ['electron', 'native', 'core']),
    only('renderer', ['renderer', 'core']),
    only('server', ['server', 'core']),
    {
      name: 'preload-imports-only-channel-names',
      severity: 'error',
      from: { path: '^electron/preload/' },
      to: {
        pathNot: [
          '^core/contracts/channels\\.ts$',
          '^electron/preload/',
          'node_modules/electron/',
          '^electron$',
        ],
      },
    },
    {
      name: 'core-and-renderer-have-no-node',
      severity: 'error',
      from: { path: '^(core|renderer)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-electron-imports-electron',
      severity: 'error',
      from: { path: '^(core|native|renderer|server)/' },
      to: { path: '(^|/)electron(/|$)', dependencyTypes: ['npm', 'npm-dev'] },
    },
    {
      name: 'native-packages-only-in-native-or-their-process',
      severity: 'error',
      from: { path: '^(core|renderer|server|electron)/', pathNot: '^electron/vault/' },
      to: { path: 'node_modules/(@signalapp/sqlcipher|@node-rs/argon2|node-hid)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'every-source-has-a-room',
      severity: 'error',
      from: { path: '^[^/]+\\.tsx?$' },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};

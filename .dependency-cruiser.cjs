/** The import table of docs/architecture.md: who may import whom. */
const rooms = [
  'domain',
  'workflows',
  'activities',
  'mail',
  'store',
  'hunting',
  'api',
  'worker',
  'cli',
  'embedded',
  'webhooks',
  'console',
];
const others = (...mine) => `^(${rooms.filter((room) => !mine.includes(room)).join('|')})/`;
const types = ['type-only'];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: types } } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      // The console is bundled when it is built: it brings its libraries with it.
      name: 'no-dev-dependency-in-product',
      severity: 'error',
      from: { path: `^(${rooms.join('|')})/`, pathNot: '^(cli/parse-dir|console/)' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: types },
    },
    {
      name: 'no-test-code-in-product',
      severity: 'error',
      from: { path: `^(${rooms.join('|')})/` },
      to: { path: '^(test|bench)/' },
    },
    { name: 'domain-imports-nothing', severity: 'error', from: { path: '^domain/' }, to: { pathNot: '^domain/' } },
    {
      name: 'workflows-only-domain-and-temporal',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { pathNot: '^(domain/|workflows/|node_modules/@temporalio/(workflow|common)/)', dependencyTypesNot: types },
    },
    {
      name: 'workflows-types-only-of-activities',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: others('workflows', 'domain', 'activities') },
    },
    {
      name: 'activities-no-drivers',
      severity: 'error',
      from: { path: '^activities/' },
      to: { path: '^node_modules/(mongoose|mongodb|imapflow|express|zod)/' },
    },
    {
      name: 'activities-only-domain-and-ports',
      severity: 'error',
      from: { path: '^activities/' },
      to: { path: others('activities', 'domain'), dependencyTypesNot: types },
    },
    {
      name: 'store-stands-alone',
      severity: 'error',
      from: { path: '^store/' },
      to: { path: others('store', 'domain') },
    },
    {
      name: 'mail-only-domain-and-for-embedded-store',
      severity: 'error',
      from: { path: '^mail/', pathNot: '^mail/embedded/' },
      to: { path: others('mail', 'domain') },
    },
    {
      name: 'mail-embedded-also-store',
      severity: 'error',
      from: { path: '^mail/embedded/' },
      to: { path: others('mail', 'domain', 'store') },
    },
    {
      name: 'webhooks-stand-alone',
      severity: 'error',
      from: { path: '^webhooks/' },
      to: { path: others('webhooks', 'domain') },
    },
    {
      name: 'edges-know-no-temporal-nor-express',
      severity: 'error',
      from: { path: '^(mail|store|webhooks)/' },
      to: { path: '^node_modules/(@temporalio|express)/' },
    },
    {
      name: 'api-no-worker-nor-providers',
      severity: 'error',
      from: { path: '^api/', pathNot: '^api/main\\.ts$' },
      to: { path: '^(worker|cli|embedded|activities|mail/embedded)/', dependencyTypesNot: types },
    },
    {
      name: 'api-of-workflows-only-messages',
      severity: 'error',
      from: { path: '^api/', pathNot: '^api/main\\.ts$' },
      to: { path: '^workflows/', pathNot: '^workflows/messages\\.ts$', dependencyTypesNot: types },
    },
    {
      name: 'console-only-domain-and-types-of-api',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: others('console', 'domain'), dependencyTypesNot: types },
    },
    {
      name: 'console-types-only-of-api',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: others('console', 'domain', 'api') },
    },
    {
      name: 'console-no-node',
      severity: 'error',
      from: { path: '^console/', pathNot: '^console/vite\\.config\\.mjs$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'nothing-imports-console',
      severity: 'error',
      from: { pathNot: '^console/' },
      to: { path: '^console/' },
    },
    {
      name: 'composers-are-not-imported',
      severity: 'error',
      from: { pathNot: '^(cli|worker|api|embedded|test|bench)/' },
      to: { path: '^(worker/|cli/|embedded/|api/main\\.ts)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};

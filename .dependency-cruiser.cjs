// The import law of ARCHITECTURE.md, one rule for each arrow. test/architecture/ plants a fault for each of them.
const ROOMS = [
  'bin',
  'demo',
  'http',
  'operations',
  'marking',
  'copies',
  'exams',
  'people',
  'audit',
  'pdf',
  'queue',
  'platform',
  'observability',
]

/** `room` may import itself and the rooms named; tests beside the code may also use test/support. */
function mayImportOnly(name, comment, room, allowed) {
  const forbidden = ROOMS.filter((other) => other !== room && !allowed.includes(other))
  return {
    name,
    comment,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: { path: `^src/(${forbidden.join('|')})/` },
  }
}

module.exports = {
  forbidden: [
    mayImportOnly(
      'observability-imports-no-room',
      'The kernel can be tested alone and never forms a cycle.',
      'observability',
      [],
    ),
    mayImportOnly('platform-sees-observability-only', 'The platform knows no feature.', 'platform', [
      'observability',
    ]),
    mayImportOnly('audit-sees-the-base-only', 'The audit log serves every room and knows none.', 'audit', [
      'platform',
      'observability',
    ]),
    mayImportOnly('queue-sees-the-base-only', 'The queue runs jobs it does not know.', 'queue', [
      'platform',
      'observability',
    ]),
    mayImportOnly('pdf-sees-the-base-only', 'The PDF room turns bytes into bytes.', 'pdf', [
      'platform',
      'observability',
    ]),
    mayImportOnly('exams-sees-audit-queue-pdf', 'Exams do not know copies.', 'exams', [
      'audit',
      'queue',
      'pdf',
      'platform',
      'observability',
    ]),
    mayImportOnly('copies-sees-exams-and-below', 'Copies do not know marking.', 'copies', [
      'exams',
      'audit',
      'queue',
      'pdf',
      'platform',
      'observability',
    ]),
    mayImportOnly('marking-sees-copies-and-below', 'Marking stands on copies.', 'marking', [
      'copies',
      'exams',
      'audit',
      'queue',
      'pdf',
      'platform',
      'observability',
    ]),
    mayImportOnly('http-knows-no-feature', 'bin hands the frame its routes.', 'http', [
      'platform',
      'observability',
    ]),
    mayImportOnly('operations-sees-no-person', 'Operators diagnose without names.', 'operations', [
      'copies',
      'exams',
      'marking',
      'audit',
      'queue',
      'platform',
      'observability',
    ]),
    mayImportOnly(
      'people-is-above-marking-never-beside',
      'Names do not meet marking or the frame.',
      'people',
      ['exams', 'copies', 'audit', 'queue', 'pdf', 'platform', 'observability'],
    ),
    mayImportOnly(
      'demo-is-a-user',
      'The demonstration speaks HTTP like any user; it sees contracts and sample scans only.',
      'demo',
      ['exams', 'copies', 'marking', 'audit', 'pdf', 'platform', 'observability'],
    ),
    {
      name: 'demo-sees-contracts-of-features-only',
      comment: 'What the demonstration knows of a feature is its contract.',
      severity: 'error',
      from: { path: '^src/demo/' },
      to: { path: '^src/(exams|copies|marking|audit)/', pathNot: '/contract\\.ts$' },
    },
    {
      name: 'people-is-the-pii-room',
      comment: 'Only bin may import the room of personal data.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(people|bin)/' },
      to: { path: '^src/people/' },
    },
    {
      name: 'nobody-imports-bin',
      comment: 'Composition is the top.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/bin/' },
      to: { path: '^src/bin/' },
    },
    {
      name: 'contracts-see-contracts-only',
      comment: 'A contract is the window that the web looks through.',
      severity: 'error',
      from: { path: '^src/.*/contract\\.ts$' },
      to: { path: '^src/', pathNot: '/contract\\.ts$' },
    },
    {
      name: 'score-is-pure',
      comment: 'The one scoring function is shared with the web application.',
      severity: 'error',
      from: { path: '^src/marking/score\\.ts$' },
      to: { path: '.' },
    },
    {
      name: 'web-sees-contracts-and-score-only',
      comment:
        'A browser knows the rooms by their contracts; the score it computes is the one of the server.',
      severity: 'error',
      from: { path: '^web/' },
      to: {
        path: '^(src|test|tools|bench)/',
        pathNot: ['^src/.*contract\\.ts$', '^src/marking/score\\.ts$'],
      },
    },
    {
      name: 'web-takes-types-of-contracts-only',
      comment: 'What a contract holds as values brings the whole of zod along.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^src/.*contract\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'web-takes-types-of-zod-only',
      comment: 'zod is a fifth of what the workbench may weigh.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: 'node_modules/zod/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'web-rooms-do-not-see-each-other',
      comment: 'What two of them need lies in web/shared.',
      severity: 'error',
      from: { path: '^web/(account|console|exams|portal|workbench)/' },
      to: { path: '^web/', pathNot: ['^web/$1/', '^web/shared/'] },
    },
    {
      name: 'web-shared-knows-no-room',
      comment: 'What every screen shares is no screen.',
      severity: 'error',
      from: { path: '^web/shared/' },
      to: { path: '^web/', pathNot: '^web/shared/' },
    },
    {
      name: 'nobody-imports-web',
      comment: 'The server hands out what was built, and knows nothing of it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^web/' },
    },
    {
      name: 'sql-lives-in-stores',
      comment: 'Only stores speak SQL; people/auth.ts configures a library that does.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['store\\.ts$', '\\.test\\.ts$', '^src/(platform|bin|queue)/', '^src/people/auth\\.ts$'],
      },
      to: { path: 'node_modules/(kysely|pg)/' },
    },
    {
      name: 'mupdf-stays-in-pdf',
      comment: 'Everything that touches PDF bytes is in one room.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/pdf/' },
      to: { path: 'node_modules/(mupdf|sharp)/' },
    },
    {
      name: 'pg-boss-stays-in-queue',
      comment: 'The queue is a room, not a library: it may be another one tomorrow.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/queue/' },
      to: { path: 'node_modules/pg-boss/' },
    },
    {
      name: 'no-cycle',
      comment: 'A cycle has no top to read from.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-resolved',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-dependency',
      comment: 'What runs in production is installed in production.',
      severity: 'error',
      from: { path: '^(src|web)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'no-undeclared-package',
      comment: 'Only what package.json names.',
      severity: 'error',
      from: { path: '^(src|web)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-test-in-production',
      comment: 'Tests see the code, never the other way.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '(\\.test\\.ts$|^test/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}

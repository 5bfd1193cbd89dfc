import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { analyse, judge } from './analysis.ts'
import { writeDocument } from './document.ts'
import { openProject } from './project.ts'
import { countRooms, listSources } from './rooms.ts'

/** `npm run report:logging`: reads the source and writes `docs/audit-report.md`. */
const root = resolve(import.meta.dirname, '../..')
const onDisk = listSources(root)
const project = openProject(root)
const analysis = analyse(project)
const judged = judge(analysis)
writeFileSync(
  join(root, 'docs/audit-report.md'),
  writeDocument(analysis, judged, countRooms(project, onDisk)),
)
process.stdout.write(
  `docs/audit-report.md: ${judged.open.length} open, ${judged.accepted.length} accepted, ${judged.stale.length} stale\n`,
)
process.exitCode = judged.open.length + judged.stale.length === 0 ? 0 : 1

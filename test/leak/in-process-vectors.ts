import { BODY_VECTORS } from './body-vectors.ts'
import { DATABASE_VECTORS } from './database-vectors.ts'
import { ERROR_VECTORS } from './error-vectors.ts'
import { HEADER_VECTORS } from './header-vectors.ts'
import { LINE_VECTORS } from './line-vectors.ts'
import { PAGE_VECTORS } from './page-vectors.ts'
import { REQUEST_VECTORS } from './request-vectors.ts'
import { RESULT_VECTORS } from './result-vectors.ts'
import { UPLOAD_VECTORS } from './upload-vectors.ts'
import { WORK_VECTORS } from './work-vectors.ts'

/** The vectors that one process is enough for, by what they are about. */
export const IN_PROCESS = {
  'Sign-in, accounts and refusals': REQUEST_VECTORS,
  'Bodies and addresses': BODY_VECTORS,
  'Headers and bytes': HEADER_VECTORS,
  Uploads: UPLOAD_VECTORS,
  'Pages, their codes and their review': PAGE_VECTORS,
  'Errors of the database': DATABASE_VECTORS,
  'Errors of the system, of libraries and of ours': ERROR_VECTORS,
  'Lines, labels and sensitive values': LINE_VECTORS,
  'What students read': RESULT_VECTORS,
  'Journeys, documents, jobs and files': WORK_VECTORS,
} as const

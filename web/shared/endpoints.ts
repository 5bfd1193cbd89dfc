import type { z } from 'zod'
import type * as audit from '../../src/audit/contract.ts'
import type * as copies from '../../src/copies/contract.ts'
import type * as exams from '../../src/exams/contract.ts'
import type * as marking from '../../src/marking/contract.ts'
import type * as operations from '../../src/operations/contract.ts'
import type * as people from '../../src/people/contract.ts'

type Out<S extends z.ZodType> = z.output<S>
type In<S extends z.ZodType> = z.input<S>

/**
 * What the application asks the API for: method and path as the API mounts them, with the shapes of the rooms'
 * contracts. Types only: nothing of it reaches the browser. A test compares the names with what is mounted.
 */
export type Endpoints = {
  'POST /api/auth/sign-in/email': { body: In<typeof people.signInRequest>; answer: people.SignedInView }
  'POST /api/auth/sign-out': { answer: people.SignedInView }
  'GET /api/auth/get-session': { answer: people.SignedInView }
  'GET /api/my/account': { answer: Out<typeof people.myAccount> }
  'GET /api/exams': { answer: Out<typeof exams.examList> }
  'POST /api/exams': { body: In<typeof exams.newExam>; answer: exams.ExamView }
  'GET /api/exams/:examId': { answer: exams.ExamView }
  'PUT /api/exams/:examId/rubric': { body: In<typeof exams.rubricInput>; answer: exams.ExamView }
  'PUT /api/exams/:examId/code-pattern': {
    body: In<typeof exams.codePatternInput>
    answer: Out<typeof exams.codePatternView>
  }
  'PUT /api/exams/:examId/release': { body: In<typeof exams.releaseInput>; answer: exams.ExamView }
  'GET /api/exams/:examId/students': { answer: Out<typeof people.studentList> }
  'PUT /api/copies/:copyId/student': { body: In<typeof people.copyStudent>; answer: undefined }
  'DELETE /api/copies/:copyId/student': { answer: undefined }
  'GET /api/accounts': { answer: Out<typeof people.accountList> }
  'GET /api/my/results': { answer: Out<typeof people.readableCopies> }
  'GET /api/my/results/:copyId': { answer: marking.ResultView }
  'GET /api/uploads': { answer: Out<typeof copies.uploadList> }
  'POST /api/uploads/:uploadId/finish': { query: { duplicate?: 'allow' }; answer: copies.BatchView }
  'POST /api/pages/:pageId/rotate': { body: In<typeof copies.rotateBody>; answer: copies.OperationView }
  'POST /api/pages/:pageId/number': { body: In<typeof copies.numberBody>; answer: copies.OperationView }
  'POST /api/pages/:pageId/replace': { body: In<typeof copies.replaceBody>; answer: copies.OperationView }
  'POST /api/copies/:copyId/reorder': { body: In<typeof copies.reorderBody>; answer: copies.OperationView }
  'POST /api/copies/:copyId/split': { body: In<typeof copies.splitBody>; answer: copies.OperationView }
  'POST /api/copies/:copyId/merge': { body: In<typeof copies.mergeBody>; answer: copies.OperationView }
  'POST /api/pages/:pageId/move': { body: In<typeof copies.moveBody>; answer: copies.OperationView }
  'POST /api/pages/:pageId/discard': { body: In<typeof copies.discardBody>; answer: copies.OperationView }
  'POST /api/pages/:pageId/restore': { answer: copies.OperationView }
  'POST /api/copies': { body: In<typeof copies.makeCopyBody>; answer: copies.OperationView }
  'POST /api/page-operations/:operationId/undo': { answer: copies.OperationView }
  'POST /api/exams/:examId/markers': { body: In<typeof exams.newMarker>; answer: exams.ExamView }
  'GET /api/exams/progress': { answer: Out<typeof copies.examProgressList> }
  'GET /api/exams/:examId/batches': { answer: Out<typeof copies.batchList> }
  'GET /api/exams/:examId/copies': {
    query: In<typeof copies.copyListQuery>
    answer: Out<typeof copies.copyList>
  }
  'POST /api/exams/:examId/dispatch': { answer: Out<typeof copies.dispatchResult> }
  'GET /api/batches/:batchId': { answer: copies.BatchView }
  'GET /api/batches/:batchId/pages': { query: In<typeof copies.pageListQuery>; answer: copies.PageList }
  'GET /api/my/copies': { query: In<typeof copies.copyListQuery>; answer: Out<typeof copies.copyList> }
  'POST /api/copies/:copyId/force-release': { body: In<typeof copies.reasonBody>; answer: copies.CopyView }
  'GET /api/copies/:copyId': { answer: copies.CopyView }
  'GET /api/copies/:copyId/events': {
    query: In<typeof copies.timelineQuery>
    answer: Out<typeof audit.timelineView>
  }
  'POST /api/copies/:copyId/validate': { answer: copies.CopyView }
  'POST /api/copies/:copyId/send-back': { body: In<typeof copies.reasonBody>; answer: copies.CopyView }
  'POST /api/copies/:copyId/lock': { answer: marking.LockView }
  'POST /api/copies/:copyId/lock/heartbeat': { answer: marking.LockView }
  'POST /api/copies/:copyId/lock/take-over': { answer: marking.LockView }
  'POST /api/copies/:copyId/unlock': { answer: copies.CopyView }
  'GET /api/copies/:copyId/annotations': { answer: Out<typeof marking.annotationList> }
  'POST /api/copies/:copyId/annotations': {
    body: In<typeof marking.newAnnotation>
    answer: marking.AnnotationView
  }
  'PATCH /api/copies/:copyId/annotations/:annotationId': {
    body: In<typeof marking.annotationChange>
    answer: marking.AnnotationView
  }
  'DELETE /api/copies/:copyId/annotations/:annotationId': { answer: undefined }
  'GET /api/copies/:copyId/scores': { answer: marking.ScoreSheetView }
  'PUT /api/copies/:copyId/scores/:itemId': {
    body: In<typeof marking.scoreBody>
    answer: marking.ScoreSheetView
  }
  'PUT /api/copies/:copyId/remarks/:itemId': {
    body: In<typeof marking.remarkBody>
    answer: marking.ScoreSheetView
  }
  'PUT /api/copies/:copyId/comment': { body: In<typeof marking.remarkBody>; answer: marking.ScoreSheetView }
  'GET /api/copies/:copyId/finalize': { answer: marking.FinalizationView }
  'POST /api/copies/:copyId/finalize': { answer: marking.FinalizationView }
  'POST /api/copies/:copyId/retry': { answer: marking.FinalizationView }
  'POST /api/copies/:copyId/reopen': { body: In<typeof copies.reasonBody>; answer: marking.FinalizationView }
  'GET /api/copies/:copyId/page-sizes': { answer: copies.PageSizesView }
  'GET /api/copies/:copyId/pages': { answer: Pick<copies.PageList, 'pages'> }
  'GET /api/operations/health': { answer: operations.HealthView }
  'GET /api/operations/backlog': { answer: operations.BacklogView }
  'GET /api/operations/durations': { answer: operations.DurationsView }
  'GET /api/operations/incidents': {
    query: In<typeof operations.incidentsQuery>
    answer: operations.IncidentsView
  }
  'GET /api/operations/search': { query: In<typeof operations.searchQuery>; answer: operations.SearchView }
  'GET /api/operations/trace': { query: In<typeof operations.traceQuery>; answer: operations.TraceView }
  'POST /api/operations/repairs': { body: In<typeof operations.repairBody>; answer: operations.RepairView }
  'GET /api/audit/streams/:streamRef/proof': { answer: audit.StreamProof }
  'POST /api/audit/reveal': {
    body: In<typeof people.revealRequest>
    answer: Out<typeof people.revealedActor>
  }
  'GET /api/audit/log/keys': { answer: audit.LogKeys }
}
export type Endpoint = keyof Endpoints

import type { fr } from './fr.ts'
import { countIn } from './plural.ts'

const count = countIn('en')

export const en: typeof fr = {
  product: 'Paraph',
  skipToContent: 'Skip to content',
  navigation: 'Main navigation',
  accountMenu: 'Account',
  signOut: 'Sign out',
  signedOut: 'You are signed out.',
  loading: 'Loading…',
  offline: 'Offline. What you see may be old; the connection is being tried again.',
  online: 'Back online.',
  retry: 'Try again',
  close: 'Close',
  requestId: 'Reference',
  copyRequestId: 'Copy the reference',
  requestIdCopied: 'Reference copied.',
  notFound: {
    title: 'Page not found',
    text: 'This address leads nowhere. The link may be an old one.',
    home: 'Back to home',
  },
  notForYou: {
    title: 'For other roles',
    text: 'Your account does not open this page.',
  },
  failed: { title: 'This page could not be shown' },
  insecure: {
    title: 'This connection is not secure',
    text: 'Paraph works over https only, or on the machine that it runs on. Ask whoever administers it for its https address.',
  },
  nav: { home: 'Home', exams: 'Exams', audit: 'Audit', console: 'Console', settings: 'Settings' },
  roles: {
    admin: 'Administration',
    marker: 'Marking',
    operator: 'Operations',
    auditor: 'Audit',
    student: 'Student',
  },
  copyStatus: {
    STAGING: 'In preparation',
    READY: 'To mark',
    LOCKED: 'Being marked',
    GRADING_IN_PROGRESS: 'Finalizing…',
    GRADED: 'Marked',
    GRADING_FAILED: 'Finalizing failed',
  },
  unsent: {
    title: 'Not everything has been sent yet',
    text: (changes) =>
      count(changes, {
        one: '# change is kept on this device only. Signing out would lose it; open the copy to send it.',
        other:
          '# changes are kept on this device only. Signing out would lose them; open the copy to send them.',
      }),
    open: 'Open the copy',
    leave: (signOut) => `${signOut} and lose them`,
  },
  sessionEnding: {
    title: 'Are you still there?',
    text: 'Without activity your session ends in two minutes. What you have done is kept.',
    stay: 'Stay signed in',
  },
  why: {
    reason: 'Reason',
    choose: 'Choose…',
    note: 'Note (optional)',
    noteHint: 'Kept sealed in the log.',
  },
  pages: (pages) => count(pages, { one: '# page', other: '# pages' }),
  waitSeconds: (seconds) =>
    seconds < 90
      ? count(seconds, { one: 'Try again in # second.', other: 'Try again in # seconds.' })
      : count(Math.ceil(seconds / 60), { one: 'Try again in # minute.', other: 'Try again in # minutes.' }),
  signIn: {
    title: 'Sign in',
    lead: 'Mark, prove, betray nothing.',
    over: 'Your session has ended. Sign in again to go on where you were.',
    email: 'Email address',
    password: 'Password',
    show: 'Show',
    hide: 'Hide',
    submit: 'Sign in',
    submitting: 'Signing in…',
    required: 'Fill this in.',
    help: 'No account, or forgotten your password? Ask the administration of your school.',
    language: 'Language',
  },
  problems: {
    unreachable: 'The service does not answer. Check your connection; nothing was changed.',
    other: 'Something went wrong. Try again; if it comes back, pass on the reference.',
  },
}

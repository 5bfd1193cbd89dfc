import { defineWords } from '../shared/words.ts'

export const REVEAL_REASONS = ['appeal', 'complaint', 'authority-request', 'technical'] as const

type Reasons = Readonly<Record<(typeof REVEAL_REASONS)[number], string>>
const french: Reasons = {
  appeal: 'Recours',
  complaint: 'Réclamation',
  'authority-request': 'Demande d’une autorité',
  technical: 'Raison technique',
}
const english: Reasons = {
  appeal: 'Appeal',
  complaint: 'Complaint',
  'authority-request': 'Request of an authority',
  technical: 'Technical reason',
}

export const revealWords = defineWords(
  {
    reasons: french,
    who: 'Qui est-ce ?',
    reason: 'Raison',
    reveal: 'Révéler le nom',
    noted: 'Votre regard et sa raison sont inscrits au journal.',
  },
  {
    reasons: english,
    who: 'Who is it?',
    reason: 'Reason',
    reveal: 'Reveal the name',
    noted: 'That you looked, and why, goes into the log.',
  },
)

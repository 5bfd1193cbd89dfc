import { defineWords } from '../shared/words.ts'

/** Members of an event's metadata, as a sentence takes them. */
type Members = Readonly<Record<string, unknown>>
type Sentence = (members: Members) => string

const n = (value: unknown): number => (typeof value === 'number' ? value : 0)
const code = (value: unknown): string => (typeof value === 'string' ? ` (${value})` : '')
const points = (value: unknown, language: 'fr' | 'en'): string =>
  typeof value === 'number' ? value.toLocaleString(language, { maximumFractionDigits: 2 }) : ''
const reason = ({ reason_code: word }: Members): string => code(word)
const scored = (value: unknown, language: 'fr' | 'en', unit: string, without: string): string =>
  typeof value === 'number' ? ` : ${points(value, language)} ${unit}` : without

const UNLOCKS_FR: Readonly<Record<string, string>> = {
  released: 'Rendue',
  expired: 'Réservation expirée',
  'taken-over': 'Reprise depuis un autre onglet ou poste',
  forced: 'Réservation levée par l’administration',
  correct: 'Rouverte pour être reprise',
}
const UNLOCKS_EN: Readonly<Record<string, string>> = {
  released: 'Given back',
  expired: 'Reservation expired',
  'taken-over': 'Taken over from another tab or device',
  forced: 'Reservation lifted by the administration',
  correct: 'Opened again to be put right',
}

/** What each action of the log says, in words; an action that is not here is shown by its name. */
export const actionWords = defineWords<Readonly<Record<string, Sentence>>>(
  {
    IMPORT: (m) =>
      m['success'] === false ? `Import échoué${code(m['error_code'])}` : `Importée, ${n(m['pages'])} p.`,
    VALIDATE: (m) => `Déclarée complète, ${n(m['pages'])} p.`,
    LOCK: () => 'Réservée pour être corrigée',
    UNLOCK: (m) => `${UNLOCKS_FR[String(m['reason'])] ?? 'Rendue'}${reason(m)}`,
    CREATE_ANN: (m) => `Annotation ajoutée, page ${n(m['page'])}`,
    UPDATE_ANN: (m) => `Annotation modifiée, page ${n(m['page'])}`,
    DELETE_ANN: (m) => `Annotation retirée, page ${n(m['page'])}`,
    SCORE: (m) => `Note posée${scored(m['points'], 'fr', 'pt', m['points'] === null ? ' : effacée' : '')}`,
    REMARK: (m) =>
      `${m['item_ref'] ? 'Remarque' : 'Appréciation générale'} ${m['removed'] ? 'retirée' : 'écrite'}`,
    FINALIZE_REQUEST: (m) => (m['cause'] === 'retry' ? 'Finalisation redemandée' : 'Finalisation demandée'),
    FINALIZE: (m) =>
      m['success'] === false
        ? `Finalisation échouée${code(m['error_code'])}, essai ${n(m['retries']) + 1}`
        : `Finalisée${scored(m['final_score'], 'fr', 'pt', '')}, essai ${n(m['retries']) + 1}`,
    EXPORT: (m) => `Exportée (${String(m['format'])})`,
    SEND_BACK: (m) => `Renvoyée en préparation${reason(m)}`,
    REOPEN: (m) => `Rouverte${reason(m)}`,
    ASSIGN: () => 'Attribuée à une personne qui corrige',
    TURN_PAGE: () => 'Page tournée',
    NUMBER_PAGE: () => 'Page numérotée',
    MOVE_PAGE: () => 'Page déplacée',
    DISCARD_PAGE: (m) => `Page écartée${reason(m)}`,
    RESTORE_PAGE: () => 'Page remise',
    REPLACE_PAGE: () => 'Page remplacée',
    REORDER_PAGES: () => 'Pages remises en ordre',
    SPLIT_COPY: () => 'Copie coupée en deux',
    MERGE_COPY: () => 'Copies réunies',
    MAKE_COPY: () => 'Copie constituée',
    UNDO_REVIEW: () => 'Dernière opération annulée',
    REPAIR: (m) => `Réparation : ${String(m['action'])}${reason(m)}`,
    ERASE: (m) => `Données effacées${reason(m)}`,
    GAP: (m) => `Le n° ${n(m['missing_seq'])} a été perdu`,
  },
  {
    IMPORT: (m) =>
      m['success'] === false ? `Import failed${code(m['error_code'])}` : `Imported, ${n(m['pages'])} p.`,
    VALIDATE: (m) => `Declared complete, ${n(m['pages'])} p.`,
    LOCK: () => 'Reserved to be marked',
    UNLOCK: (m) => `${UNLOCKS_EN[String(m['reason'])] ?? 'Given back'}${reason(m)}`,
    CREATE_ANN: (m) => `Annotation added, page ${n(m['page'])}`,
    UPDATE_ANN: (m) => `Annotation changed, page ${n(m['page'])}`,
    DELETE_ANN: (m) => `Annotation removed, page ${n(m['page'])}`,
    SCORE: (m) =>
      `Score set${scored(m['points'], 'en', 'pt', m['points'] === null ? ': cleared' : '').replace(' :', ':')}`,
    REMARK: (m) => `${m['item_ref'] ? 'Remark' : 'General comment'} ${m['removed'] ? 'removed' : 'written'}`,
    FINALIZE_REQUEST: (m) => (m['cause'] === 'retry' ? 'Finalizing asked for again' : 'Finalizing asked for'),
    FINALIZE: (m) =>
      m['success'] === false
        ? `Finalizing failed${code(m['error_code'])}, attempt ${n(m['retries']) + 1}`
        : `Finalized${scored(m['final_score'], 'en', 'pt', '').replace(' :', ':')}, attempt ${n(m['retries']) + 1}`,
    EXPORT: (m) => `Exported (${String(m['format'])})`,
    SEND_BACK: (m) => `Sent back to preparation${reason(m)}`,
    REOPEN: (m) => `Reopened${reason(m)}`,
    ASSIGN: () => 'Assigned to a marker',
    TURN_PAGE: () => 'Page turned',
    NUMBER_PAGE: () => 'Page numbered',
    MOVE_PAGE: () => 'Page moved',
    DISCARD_PAGE: (m) => `Page set aside${reason(m)}`,
    RESTORE_PAGE: () => 'Page brought back',
    REPLACE_PAGE: () => 'Page replaced',
    REORDER_PAGES: () => 'Pages put in order',
    SPLIT_COPY: () => 'Copy cut in two',
    MERGE_COPY: () => 'Copies joined',
    MAKE_COPY: () => 'Copy put together',
    UNDO_REVIEW: () => 'Last operation undone',
    REPAIR: (m) => `Repair: ${String(m['action'])}${reason(m)}`,
    ERASE: (m) => `Data erased${reason(m)}`,
    GAP: (m) => `No. ${n(m['missing_seq'])} was lost`,
  },
)

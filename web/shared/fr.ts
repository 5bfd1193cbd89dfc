import { countIn } from './plural.ts'

const count = countIn('fr')

/** The words that every screen shares; French is the source. */
export const fr = {
  product: 'Paraph',
  skipToContent: 'Aller au contenu',
  navigation: 'Navigation principale',
  accountMenu: 'Compte',
  signOut: 'Se déconnecter',
  signedOut: 'Vous êtes déconnecté.',
  loading: 'Chargement…',
  offline: 'Hors ligne. Ce qui est affiché peut dater ; la connexion est réessayée toute seule.',
  online: 'De nouveau en ligne.',
  retry: 'Réessayer',
  close: 'Fermer',
  requestId: 'Référence',
  copyRequestId: 'Copier la référence',
  requestIdCopied: 'Référence copiée.',
  notFound: {
    title: 'Page introuvable',
    text: 'Cette adresse ne mène nulle part. Le lien est peut-être ancien.',
    home: 'Revenir à l’accueil',
  },
  notForYou: {
    title: 'Réservé à d’autres rôles',
    text: 'Votre compte ne donne pas accès à cette page.',
  },
  failed: { title: 'Cette page n’a pas pu s’afficher' },
  insecure: {
    title: 'Cette connexion n’est pas sûre',
    text: 'Paraph ne fonctionne qu’en https, ou sur la machine où il tourne. Demandez son adresse https à qui l’administre.',
  },
  nav: { home: 'Accueil', exams: 'Épreuves', audit: 'Audit', console: 'Console', settings: 'Réglages' },
  roles: {
    admin: 'Administration',
    marker: 'Correction',
    operator: 'Exploitation',
    auditor: 'Audit',
    student: 'Candidat',
  },
  copyStatus: {
    STAGING: 'En préparation',
    READY: 'À corriger',
    LOCKED: 'En correction',
    GRADING_IN_PROGRESS: 'Finalisation…',
    GRADED: 'Corrigée',
    GRADING_FAILED: 'Finalisation échouée',
  },
  unsent: {
    title: 'Tout n’est pas encore transmis',
    text: (changes: number) =>
      count(changes, {
        one: '# modification n’est gardée que sur cet appareil. En vous déconnectant vous la perdriez ; ouvrez la copie pour la transmettre.',
        other:
          '# modifications ne sont gardées que sur cet appareil. En vous déconnectant vous les perdriez ; ouvrez la copie pour les transmettre.',
      }),
    open: 'Ouvrir la copie',
    leave: (signOut: string) => `${signOut} et les perdre`,
  },
  sessionEnding: {
    title: 'Êtes-vous toujours là ?',
    text: 'Sans activité, votre session se termine dans deux minutes. Ce que vous avez fait est gardé.',
    stay: 'Rester connecté',
  },
  why: {
    reason: 'Motif',
    choose: 'Choisir…',
    note: 'Précision (facultative)',
    noteHint: 'Gardée scellée dans le journal.',
  },
  pages: (pages: number) => count(pages, { one: '# page', other: '# pages' }),
  waitSeconds: (seconds: number) =>
    seconds < 90
      ? count(seconds, { one: 'Réessayez dans # seconde.', other: 'Réessayez dans # secondes.' })
      : count(Math.ceil(seconds / 60), {
          one: 'Réessayez dans # minute.',
          other: 'Réessayez dans # minutes.',
        }),
  signIn: {
    title: 'Connexion',
    lead: 'Corriger, prouver, sans rien trahir.',
    over: 'Votre session est terminée. Reconnectez-vous pour reprendre où vous en étiez.',
    email: 'Adresse électronique',
    password: 'Mot de passe',
    show: 'Afficher',
    hide: 'Masquer',
    submit: 'Se connecter',
    submitting: 'Connexion…',
    required: 'À remplir.',
    help: 'Pas de compte, ou mot de passe oublié ? Adressez-vous à l’administration de votre établissement.',
    language: 'Langue',
  },
  /** The other sentences come with `problems.fr.ts` when there is a problem to tell. */
  problems: {
    unreachable: 'Le service ne répond pas. Vérifiez la connexion ; rien n’a été changé.',
    other: 'Une erreur s’est produite. Réessayez ; si elle revient, transmettez la référence.',
  },
}

import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'
import type { FaultCode, Place } from './proof/fault.ts'

const compter = countIn('fr')
const count = countIn('en')

type Faults = Readonly<Record<FaultCode, (place: Place) => string>>

const evenement = ({ eventId, index, seq }: Place) =>
  eventId !== undefined
    ? `L’événement n° ${eventId}`
    : index !== undefined
      ? `L’entrée ${index} du journal`
      : `L’événement de rang ${seq}`
const event = ({ eventId, index, seq }: Place) =>
  eventId !== undefined
    ? `Event no. ${eventId}`
    : index !== undefined
      ? `Entry ${index} of the log`
      : `The event at place ${seq}`

const fautes: Faults = {
  'checkpoint-malformed': () => 'Le point de contrôle publié est illisible.',
  'key-malformed': () => 'La clé n’est pas une clé de journal.',
  'other-log': () => 'Le point de contrôle est celui d’un autre journal que la clé.',
  'not-signed': () => 'Le point de contrôle n’est pas signé par la clé du journal.',
  'signature-false': () => 'La signature du point de contrôle est fausse.',
  'other-root': () => 'Les entrées du journal ne mènent pas à la racine signée.',
  'tile-malformed': () => 'Un fichier du journal publié manque ou est abîmé.',
  'entry-altered': (place) => `${evenement(place)} ne correspond pas à l’empreinte publiée.`,
  'not-continued': () =>
    'Le journal d’aujourd’hui ne prolonge pas le point de contrôle gardé : il a été réécrit ou coupé.',
  'proof-malformed': (place) => `${evenement(place)} n’a pas de preuve lisible.`,
  'not-included': (place) => `${evenement(place)} ne correspond pas à son empreinte dans le journal signé.`,
  quarantined: (place) =>
    `${evenement(place)} a échoué à ses contrôles avant d’entrer au journal : il est en quarantaine.`,
  'shown-otherwise': (place) =>
    `${evenement(place)} est affiché autrement que ses octets signés ne le disent (champ « ${place.field} »).`,
  'disclosed-otherwise': (place) =>
    `${evenement(place)} porte une valeur scellée qui n’est pas celle d’origine (champ « ${place.field} »).`,
  'number-missing': ({ seq }) => `L’événement de rang ${seq} manque.`,
  'number-twice': ({ seq }) => `Deux événements portent le rang ${seq}.`,
  'of-another-stream': (place) => `${evenement(place)} appartient à une autre copie.`,
}

const faults: Faults = {
  'checkpoint-malformed': () => 'The published checkpoint cannot be read.',
  'key-malformed': () => 'The key is not one of a log.',
  'other-log': () => 'The checkpoint is of another log than the key.',
  'not-signed': () => 'The checkpoint is not signed by the key of the log.',
  'signature-false': () => 'The signature of the checkpoint is false.',
  'other-root': () => 'The entries of the log do not lead to the signed root.',
  'tile-malformed': () => 'A file of the published log is missing or damaged.',
  'entry-altered': (place) => `${event(place)} does not match the published hash.`,
  'not-continued': () =>
    'The log of today does not continue the checkpoint that was kept: it was rewritten or cut.',
  'proof-malformed': (place) => `${event(place)} has no proof that can be read.`,
  'not-included': (place) => `${event(place)} does not match its hash in the signed log.`,
  quarantined: (place) =>
    `${event(place)} failed its checks before it came into the log: it is in quarantine.`,
  'shown-otherwise': (place) =>
    `${event(place)} is shown otherwise than its signed bytes say (field “${place.field}”).`,
  'disclosed-otherwise': (place) =>
    `${event(place)} has a sealed value that is not the original one (field “${place.field}”).`,
  'number-missing': ({ seq }) => `The event at place ${seq} is missing.`,
  'number-twice': ({ seq }) => `Two events have the place ${seq}.`,
  'of-another-stream': (place) => `${event(place)} belongs to another copy.`,
}

export const verdictWords = defineWords(
  {
    label: 'Verdict',
    checking: 'Vérification en cours…',
    authentic: (events: number) =>
      compter(events, {
        one: 'Authentique. Un événement, aucun manquant, aucun modifié.',
        other: 'Authentique. # événements, aucun manquant, aucun modifié.',
      }),
    false: 'Pas authentique.',
    falseAdvice: 'Ne modifiez rien, téléchargez la preuve et prévenez l’exploitation.',
    undecided:
      'Indécis. Ce navigateur ne sait pas vérifier une signature Ed25519 ; rien de faux n’a été trouvé par ailleurs.',
    unpublished: 'Pas encore vérifiable. Le journal signé ne contient pas encore ces événements.',
    andMore: (more: number) => compter(more, { one: 'et # autre constat.', other: 'et # autres constats.' }),
    waiting: (events: number) =>
      compter(events, {
        one: 'Un événement récent attend sa publication.',
        other: '# événements récents attendent leur publication.',
      }),
    earlier: (events: number) =>
      compter(events, {
        one: 'Un événement date d’avant les preuves : il n’est pas couvert.',
        other: '# événements datent d’avant les preuves : ils ne sont pas couverts.',
      }),
    gaps: (events: number) =>
      compter(events, {
        one: 'Un événement a été perdu, et le journal le dit.',
        other: '# événements ont été perdus, et le journal le dit.',
      }),
    checkedAt: (moment: string, entries: string, origin: string) =>
      `Vérifié dans ce navigateur le ${moment}, contre le point de contrôle de ${entries} entrées du journal ${origin}.`,
    cosigned: (witness: string, moment: string) => `Cosigné par ${witness} le ${moment}.`,
    keyHeld: 'Avec la clé que vous avez saisie.',
    keyOfServer: 'Avec la clé que ce serveur donne : comparez-la à celle que vous détenez.',
    again: 'Refaire la vérification',
    save: 'Télécharger la preuve',
    how: 'Comment est-ce vérifié ?',
    steps: [
      'La signature Ed25519 du point de contrôle est vérifiée avec la clé du journal.',
      'Les octets de chaque événement sont hachés (SHA-256), et la preuve d’inclusion (RFC 6962) doit mener de cette empreinte à la racine signée.',
      'Ce que l’écran montre est comparé, champ par champ, à ce que disent ces octets ; les valeurs scellées le sont à leur engagement.',
      'Chaque rang de la copie doit être pris une fois, par un événement ou par le constat de sa perte.',
    ],
    limits:
      'Cela ne prouve pas qu’un geste jamais enregistré a eu lieu, et suppose que la clé du journal n’a pas été volée avant la signature.',
    key: 'Clé du journal',
    keyHeldField: 'Clé que vous détenez',
    withKey: 'Vérifier avec cette clé',
    keyHint: 'Une ligne : nom+identifiant+clé. Demandez-la une fois par une autre voie, et gardez-la.',
    recipe: 'Vérifier sans nous, avec sh, base64 et openssl',
    recipeLead: 'Sur la preuve d’un événement, téléchargée plus bas :',
    faults: fautes,
  },
  {
    label: 'Verdict',
    checking: 'Verifying…',
    authentic: (events) =>
      count(events, {
        one: 'Authentic. One event, none missing, none altered.',
        other: 'Authentic. # events, none missing, none altered.',
      }),
    false: 'Not authentic.',
    falseAdvice: 'Change nothing, download the proof and tell whoever operates the service.',
    undecided:
      'Undecided. This browser cannot check an Ed25519 signature; nothing else was found to be false.',
    unpublished: 'Not verifiable yet. The signed log does not hold these events yet.',
    andMore: (more) => count(more, { one: 'and # more finding.', other: 'and # more findings.' }),
    waiting: (events) =>
      count(events, {
        one: 'One recent event is not published yet.',
        other: '# recent events are not published yet.',
      }),
    earlier: (events) =>
      count(events, {
        one: 'One event is from before proofs: it is not covered.',
        other: '# events are from before proofs: they are not covered.',
      }),
    gaps: (events) =>
      count(events, {
        one: 'One event was lost, and the log says so.',
        other: '# events were lost, and the log says so.',
      }),
    checkedAt: (moment, entries, origin) =>
      `Verified in this browser on ${moment}, against the checkpoint of ${entries} entries of the log ${origin}.`,
    cosigned: (witness, moment) => `Cosigned by ${witness} on ${moment}.`,
    keyHeld: 'With the key that you entered.',
    keyOfServer: 'With the key that this server gives: compare it with the one you hold.',
    again: 'Verify again',
    save: 'Download the proof',
    how: 'How is it verified?',
    steps: [
      'The Ed25519 signature of the checkpoint is checked with the key of the log.',
      'The bytes of each event are hashed (SHA-256), and the inclusion proof (RFC 6962) must lead from that hash to the signed root.',
      'What the screen shows is compared, field by field, with what those bytes say; sealed values with what was committed to.',
      'Every place of the copy must be taken once, by an event or by the record of its loss.',
    ],
    limits:
      'It does not prove that something never recorded has happened, and it takes for granted that the key of the log was not stolen before signing.',
    key: 'Key of the log',
    keyHeldField: 'The key that you hold',
    withKey: 'Verify with this key',
    keyHint: 'One line: name+id+key. Ask for it once by another way, and keep it.',
    recipe: 'Verify without us, with sh, base64 and openssl',
    recipeLead: 'On the proof of one event, downloaded below:',
    faults,
  },
)

/** Something is not on the server yet, so that the copy cannot be handed on. */
export class NotSaved extends Error {}

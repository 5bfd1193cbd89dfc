import { hash, verify } from '@node-rs/argon2'
import { betterAuth } from 'better-auth'
import { type Database, revealAll } from '../platform/database.ts'
import type { Keys } from '../platform/keys.ts'
import { HOUR, MINUTE, SECOND } from '../platform/units.ts'
import { writeLibraryLog } from './auth-log.ts'

export const SESSION_LENGTH_MS = 12 * HOUR
/** A session used later than this since its last extension is extended to its full length again. */
export const SESSION_EXTENSION_MS = 15 * MINUTE

/** Shortest password of a new account; the longest bounds the work of hashing. */
export const PASSWORD_LENGTH = { min: 12, max: 128 } as const

/** OWASP's argon2id parameters of 19 MiB and two passes; about 30 ms of one core. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** The stored form of a password: argon2id with its parameters and salt. */
export function hashPassword(password: string): Promise<string> {
  return hash(normalize(password), ARGON2ID)
}

/** One accented letter is one or two characters according to the keyboard: both are the same password (RFC 8265). */
function normalize(password: string): string {
  return password.normalize('NFKC')
}

export type AuthOptions = {
  readonly db: Database
  readonly keys: Keys
  /** What browsers call us, the main one first, such as `http://127.0.0.1:3000`. */
  readonly origins: readonly string[]
}

/**
 * The sign-in library over the tables of schema `people`. Accounts are made by `addAccount` only: its own sign-up is
 * closed. Only what `authRoutes` calls is reachable; its router is not mounted. Sessions are rows read each time.
 */
export function createAuth({ db, keys, origins }: AuthOptions) {
  return betterAuth({
    appName: 'Paraph',
    baseURL: origins[0] ?? 'http://127.0.0.1',
    basePath: '/api/auth',
    // `secrets` and not `secret`: given `secret` alone, the library prefers what its environment variables hold.
    secrets: [{ version: 1, value: keys.sessionSecret }],
    database: { db: revealAll(db, 'sign-in'), type: 'postgres', schemaName: 'people', transaction: true },
    telemetry: { enabled: false },
    // Counts by client address, which it is not given; `sign-in.ts` has its own.
    rateLimit: { enabled: false },
    logger: { level: 'warn', disableColors: true, log: writeLibraryLog },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
      password: { hash: hashPassword, verify: ({ hash, password }) => verify(hash, normalize(password)) },
    },
    user: {
      modelName: 'account',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
      additionalFields: {
        role: { type: 'string', required: true, input: false },
        actorRef: { type: 'string', required: true, input: false, fieldName: 'actor_ref' },
      },
    },
    account: {
      modelName: 'account_credential',
      fields: {
        accountId: 'provider_account_id',
        providerId: 'provider',
        userId: 'account_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    session: {
      expiresIn: SESSION_LENGTH_MS / SECOND,
      updateAge: SESSION_EXTENSION_MS / SECOND,
      cookieCache: { enabled: false },
      fields: {
        userId: 'account_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    databaseHooks: {
      session: {
        // The table refuses a row that holds either.
        create: { before: async (session) => ({ data: { ...session, ipAddress: null, userAgent: null } }) },
      },
    },
    advanced: {
      cookiePrefix: 'paraph',
      // One https origin is enough: over http the cookie would then be refused, never sent in clear.
      useSecureCookies: origins.some((origin) => origin.startsWith('https:')),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { disableIpTracking: true },
      database: { generateId: 'uuid', joins: true },
    },
  })
}

export type Auth = ReturnType<typeof createAuth>

/** The logins of what runs: each has what migrations grant to it, is a member of nothing and owns nothing. */
export const RUN_TIME_LOGINS = ['paraph_app', 'paraph_integrator', 'paraph_eraser'] as const

/** Who connects to the database of Paraph; `paraph_migrate` is a member of the owner, whom nobody can log in as. */
export const LOGINS = ['paraph_migrate', ...RUN_TIME_LOGINS] as const

/** The roles that migrations name: made by the launcher, or by the administrator of an external PostgreSQL. */
export const DATABASE_ROLES = ['paraph_owner', ...LOGINS] as const

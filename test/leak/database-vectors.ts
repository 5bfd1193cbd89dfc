import { sql } from 'kysely'
import { log } from '../../src/observability/log.ts'
import type { Canary } from './canaries.ts'
import { makeCopy, mark } from './deeds.ts'
import { said } from './speaker.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

type Row = Vector<World>

/** What an administrator of the database did to it, so that statements of ours fail on rows that hold markers. */
type Planted = { readonly plant: string; readonly lift: string }

/** Runs the work while the database is spoilt, and mends it whatever comes of it. */
async function during<T>(world: World, { plant, lift }: Planted, work: () => Promise<T>): Promise<T> {
  await world.sql(plant)
  try {
    return await work()
  } finally {
    await world.sql(lift)
  }
}

const makeExam = async (world: World, canary: Canary) =>
  (await world.as('admin')).post('/api/exams', {
    body: {
      title: canary.text('title'),
      rubric: { items: [{ label: canary.text('label'), maxPoints: 1 }] },
    },
  })

const makeAccount = async (world: World, canary: Canary) => {
  const account = { email: canary.email(), name: canary.text('name'), role: 'student' }
  return (await world.as('admin')).post('/api/accounts', {
    body: { ...account, password: canary.text('password') },
  })
}

/** A trigger on each new row of a table, which runs `body` on it. */
const trigger = (table: string, body: string): Planted => ({
  plant: `create function planted() returns trigger language plpgsql as $$ begin ${body}; return new; end $$;
          create trigger planted before insert on ${table} for each row execute function planted()`,
  lift: `drop trigger planted on ${table}; drop function planted()`,
})
const onExam = (body: string) => trigger('exam', body)

type Fault = readonly [
  name: string,
  sqlstate: string,
  path: string,
  planted: Planted,
  act?: (world: World, canary: Canary) => Promise<{ status: number; body: unknown }>,
]

const twice = async (world: World, canary: Canary) => {
  await makeExam(world, canary)
  return makeExam(world, canary)
}

const TITLE = 'the title of an exam'
const FAULTS: readonly Fault[] = [
  [
    'a unique violation, whose detail quotes the key',
    '23505',
    `${TITLE}, twice`,
    { plant: 'create unique index planted on exam (title)', lift: 'drop index planted' },
    twice,
  ],
  [
    'an exclusion violation, whose detail quotes the key',
    '23P01',
    `${TITLE}, twice`,
    {
      plant:
        "alter table exam add constraint planted exclude using hash (title with =) where (title ~ 'exclusion' or true)",
      lift: 'alter table exam drop constraint planted',
    },
    twice,
  ],
  [
    'a check violation, whose detail quotes the whole row',
    '23514',
    TITLE,
    {
      plant: `alter table exam add constraint planted check (length(title) < 3) not valid`,
      lift: 'alter table exam drop constraint planted',
    },
  ],
  [
    'a missing value, whose detail quotes the whole row',
    '23502',
    'name, address and password of an account',
    trigger('people.account', 'new.role := null'),
    makeAccount,
  ],
  [
    'a foreign key that leads nowhere, whose detail quotes it',
    '23503',
    TITLE,
    {
      plant: `create table planted (title text primary key);
              alter table exam add constraint planted foreign key (title) references planted (title) not valid`,
      lift: 'alter table exam drop constraint planted; drop table planted',
    },
  ],
  ['a cast, whose message quotes the value', '22P02', TITLE, onExam('perform new.title::int')],
  ['a time that is none, quoted in the message', '22007', TITLE, onExam('perform new.title::timestamptz')],
  [
    'a document that is no JSON, quoted in detail and context',
    '22P02',
    TITLE,
    onExam('perform new.title::jsonb'),
  ],
  [
    'a text that is too long for its type',
    '22001',
    TITLE,
    onExam('declare short varchar(3); begin short := new.title; end'),
  ],
  [
    'a pattern that is none, quoted in the message',
    '2201B',
    TITLE,
    onExam(`perform '' ~ ('(' || new.title)`),
  ],
  [
    'a column that is not there, named in the message',
    '42703',
    TITLE,
    onExam(`execute format('select %I', new.title)`),
  ],
  [
    'a function that is not there, named in the message',
    '42883',
    TITLE,
    onExam(`execute format('select %I()', new.title)`),
  ],
  ['a statement that does not parse, quoted in the message', '42601', TITLE, onExam('execute new.title')],
  [
    'a trigger’s refusal, with message, detail and hint',
    'P0001',
    TITLE,
    onExam(`raise exception '%', new.title using detail = new.title, hint = new.title`),
  ],
  [
    'a trigger’s refusal that names a person as its table, constraint and column',
    'P0001',
    TITLE,
    onExam(`raise exception 'no' using table = new.title, constraint = new.title, column = new.title,
            schema = new.title, datatype = new.title`),
    async (world, canary) =>
      (await world.as('admin')).post('/api/exams', { body: { title: canary.word('title') } }),
  ],
  [
    'a serialization failure',
    '40001',
    TITLE,
    onExam(`raise exception '%', new.title using errcode = '40001'`),
  ],
  [
    'a disk of the database that is full',
    '53100',
    TITLE,
    onExam(`raise exception '%', new.title using errcode = '53100'`),
  ],
  [
    'a table that is gone',
    '42P01',
    TITLE,
    { plant: 'alter table exam rename to elsewhere', lift: 'alter table elsewhere rename to exam' },
  ],
  [
    'a right that is gone',
    '42501',
    TITLE,
    { plant: 'revoke insert on exam from paraph_app', lift: 'grant insert on exam to paraph_app' },
  ],
  [
    'a statement that is cancelled, as after its time',
    '57014',
    TITLE,
    onExam('perform pg_sleep(20)'),
    (world, canary) => interrupted(world, canary, 'pg_cancel_backend'),
  ],
]

/** Ends the statement that sleeps in the trigger, or its whole connection. */
async function interrupted(world: World, canary: Canary, how: 'pg_cancel_backend' | 'pg_terminate_backend') {
  const answer = makeExam(world, canary)
  for (let rows: unknown[] = []; rows.length === 0; )
    rows = await world.sql(
      `select ${how}(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
    )
  return answer
}

const failing: readonly Row[] = FAULTS.map(([name, sqlstate, path, planted, act = makeExam]) => ({
  name,
  path,
  outcome: `500 internal, ${sqlstate} in the log`,
  provoke: (world, canary) =>
    during(world, planted, async () => {
      const answer = await act(world, canary)
      const line = await world.line('http.failed')
      return `${said(answer)}, ${line['db.response.status_code']} in the log`
    }),
}))

export const DATABASE_VECTORS: readonly Row[] = [
  ...failing,
  {
    name: 'events that their table refuses, so that they are spooled',
    path: 'the name of a scan, an annotation and points',
    outcome: 'P0001 in the log, and the work is done',
    provoke: (world, canary) => {
      const refusal = `raise exception 'refused' using errcode = 'P0001', detail = new.metadata::text`
      return during(world, trigger('audit_event', refusal), async () => {
        const path = await makeCopy(world, canary)
        const token = await mark(world, canary, path)
        const line = await world.line('audit.append-refused')
        return `${line['db.response.status_code']} in the log, and the work is ${token ? 'done' : 'not done'}`
      })
    },
  },
  {
    name: 'two transactions that wait for each other',
    path: `the titles of two exams`,
    outcome: '40P01 in the log',
    provoke: (world, canary) => {
      const lock = `perform pg_advisory_xact_lock(case when new.title like '% 2' then 2 else 1 end);
        perform pg_sleep(0.3);
        perform pg_advisory_xact_lock(case when new.title like '% 2' then 1 else 2 end)`
      return during(world, onExam(lock), async () => {
        const admin = await world.as('admin')
        const make = (count: number) =>
          admin.post('/api/exams', { body: { title: `${canary.text('title')} ${count}` } })
        await Promise.all([make(1), make(2)])
        return `${(await world.line('http.failed'))['db.response.status_code']} in the log`
      })
    },
  },
  {
    name: 'a connection that is cut in the middle of a statement',
    path: TITLE,
    outcome: '503 database-unavailable',
    provoke: (world, canary) =>
      during(world, onExam('perform pg_sleep(20)'), async () =>
        said(await interrupted(world, canary, 'pg_terminate_backend')),
      ),
  },
  {
    name: 'notices, warnings and log messages of a trigger',
    path: TITLE,
    outcome: '201',
    provoke: (world, canary) => {
      const speak = ['notice', 'warning', 'log', 'info'].map((level) => `raise ${level} '%', new.title`)
      return during(world, onExam(speak.join('; ')), async () => said(await makeExam(world, canary)))
    },
  },
  {
    name: 'the table of sessions gone while somebody signs in',
    path: 'name, address and password of an account',
    outcome: '500 internal, 42P01 in the log',
    provoke: async (world, canary) => {
      await makeAccount(world, canary)
      const spoilt = {
        plant: 'alter table people.session rename to elsewhere',
        lift: 'alter table people.elsewhere rename to session',
      }
      return during(world, spoilt, async () => {
        const body = { email: canary.email(), password: canary.text('password') }
        const answer = await world.nobody.post('/api/auth/sign-in/email', { body })
        return `${said(answer)}, ${(await world.line('http.failed'))['db.response.status_code']} in the log`
      })
    },
  },
  {
    name: 'a session that cannot be read',
    path: 'the cookie of an account',
    outcome: '500 internal, 42P01 in the log',
    provoke: async (world) => {
      const admin = await world.as('admin')
      const spoilt = {
        plant: 'alter table people.session rename to elsewhere',
        lift: 'alter table people.elsewhere rename to session',
      }
      return during(world, spoilt, async () => {
        const answer = await admin.get('/api/exams')
        return `${said(answer)}, ${(await world.line('http.failed'))['db.response.status_code']} in the log`
      })
    },
  },
  {
    name: 'columns that must stay empty',
    path: 'a picture, an address and a browser, which the tables refuse',
    outcome: '23514, 23514, 23514',
    provoke: async (world, canary) => {
      await world.as('admin')
      const value = canary.text('input')
      const { db } = world.app.services
      const writes = [
        sql`update people.account set image = ${value}`,
        sql`update people.session set ip_address = ${value}`,
        sql`update people.session set user_agent = ${value}`,
      ]
      const codes = []
      for (const write of writes) {
        const error = await write.execute(db).then(
          () => undefined,
          (failure) => failure,
        )
        log.security.error('auth.library', {}, error)
        codes.push(error?.code)
      }
      return codes.join(', ')
    },
  },
  {
    name: 'columns that only the sign-in library knows',
    path: 'tokens and identifiers of another provider, read by a sign-in',
    outcome: '200',
    provoke: async (world, canary) => {
      await makeAccount(world, canary)
      const value = canary.text('input')
      await world.sql(
        `insert into people.account_credential (account_id, provider, provider_account_id, access_token, refresh_token, id_token)
         select id, 'elsewhere', $2, $2, $2, $2 from people.account where email = $1`,
        [canary.email(), value],
      )
      await world.sql(
        `insert into people.verification (identifier, value, expires_at) values ($1, $1, now() + interval '1 hour')`,
        [value],
      )
      const body = { email: canary.email(), password: canary.text('password') }
      return said(await world.nobody.post('/api/auth/sign-in/email', { body }))
    },
  },
]

import { z } from 'zod'
import type { ProtocolRoute, RawRoute, Route } from '../platform/http-route.ts'
import { BYTES_TYPE } from './mount-protocol.ts'
import { problemSchema } from './problem.ts'

type Json = Record<string, unknown>

/** What the document calls the rest of a path, which a route calls `*`. */
const REST = 'path'

/** The OpenAPI 3.1 document of the mounted routes, made from the same schemas that check requests and answers. */
export function buildOpenApi(
  routes: readonly Route[],
  rawRoutes: readonly RawRoute[],
  protocolRoutes: readonly ProtocolRoute[],
  version: string,
): Json {
  const paths: Record<string, Json> = {}
  // A HEAD is the question about the state that its PATCH goes on from, and has no description of its own.
  const protocol = protocolRoutes.filter(({ method }) => method !== 'HEAD').map(ofProtocol)
  for (const route of [...routes, ...rawRoutes.map(toRoute), ...protocol]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}').replace(/\*$/, `{${REST}}`)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Paraph',
      version,
      license: { name: 'AGPL-3.0-or-later', identifier: 'AGPL-3.0-or-later' },
    },
    paths,
    components: {
      schemas: { Problem: toJsonSchema(problemSchema, 'output') },
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'paraph.session_token' } },
    },
  }
}

/** What the document says of a route that the frame passes on as it is. */
function toRoute(route: RawRoute): Described {
  return { ...route, access: 'public', needsVersion: false, takesUpload: false, status: 200 }
}

function ofProtocol(route: ProtocolRoute): Described {
  return { ...route, response: z.undefined(), needsVersion: false, takesUpload: false, protocol: route }
}

type Described = Omit<Route, 'handle' | 'method'> & {
  readonly method: Route['method'] | 'HEAD'
  readonly protocol?: Pick<ProtocolRoute, 'headers' | 'answerHeaders' | 'takesBytes'>
}

function describeOperation(route: Described): Json {
  const body = requestBody(route)
  return {
    summary: route.summary,
    operationId: operationId(route),
    ...(route.access === 'public' ? {} : { security: [{ session: [] }], 'x-roles': route.access.roles }),
    ...(route.access === 'public' || route.access.ownership === 'none'
      ? {}
      : { 'x-ownership': route.access.ownership }),
    parameters: [
      ...parametersOf(route.params, 'path'),
      ...parametersOf(route.query, 'query'),
      ...parametersOf(route.protocol?.headers, 'header'),
      ...(route.needsVersion
        ? [{ name: 'If-Match', in: 'header', required: true, schema: { type: 'string' } }]
        : []),
    ],
    ...(body ? { requestBody: body } : {}),
    responses: {
      [route.status]: successOf(route),
      default: {
        description: 'A problem document (RFC 9457).',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

function operationId(route: Described): string {
  return `${route.method.toLowerCase()}${route.path.replace(/[^A-Za-z0-9]+(.)/g, (_, letter: string) => letter.toUpperCase())}`
}

function requestBody(route: Described): Json | undefined {
  if (route.takesUpload) {
    const schema = {
      type: 'object',
      required: ['file'],
      properties: { file: { type: 'string', format: 'binary' } },
    }
    return { required: true, content: { 'multipart/form-data': { schema } } }
  }
  if (route.protocol?.takesBytes) {
    const schema = { type: 'string', format: 'binary' }
    return { required: route.method === 'PATCH', content: { [BYTES_TYPE]: { schema } } }
  }
  if (!route.body) return undefined
  return { required: true, content: { 'application/json': { schema: toJsonSchema(route.body, 'input') } } }
}

function successOf(route: Described): Json {
  if (route.protocol)
    return { description: 'Done; no content.', headers: headersOf(route.protocol.answerHeaders) }
  if (route.status === 204) return { description: 'Done; no content.' }
  if ('events' in route.response) {
    // The document of this version has no words for a stream; the shape is that of each `data`.
    const schema = toJsonSchema(route.response.events, 'output')
    return { description: 'A stream of events.', content: { 'text/event-stream': { schema } } }
  }
  if ('file' in route.response) {
    return {
      description: 'The file.',
      content: { [route.response.file]: { schema: { type: 'string', format: 'binary' } } },
    }
  }
  return {
    description: 'Done.',
    content: { 'application/json': { schema: toJsonSchema(route.response, 'output') } },
  }
}

function headersOf(schema: z.ZodObject): Json {
  return Object.fromEntries(
    Object.entries(schema.shape).map(([name, shape]) => [
      name,
      { schema: toJsonSchema(shape as z.ZodType, 'output') },
    ]),
  )
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query' | 'header'): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = toJsonSchema(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, shape]) => ({
    name: name === '*' ? REST : name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: shape,
  }))
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
  return rest
}

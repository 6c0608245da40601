import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import * as v from 'valibot';
import { errorReplySchema } from '#core/contracts/terminal.ts';
import { refuse, succeed, type Result } from '#core/result.ts';

/** Why the record server gave no usable answer. */
export type LinkRefusal =
  /** No answer in time, or no connection. */
  | 'unreachable'
  /** Whoever answers is not our record server. */
  | 'untrusted'
  /** It does not accept this terminal (any more), or somebody on the way says so. */
  | 'terminalRefused'
  /** The record server itself, over the authenticated line: this terminal was shut out. */
  | 'terminalRevoked'
  /** It does not accept this person's token. */
  | 'personRefused'
  | 'denied'
  | 'notFound'
  /** The feed cannot go on from this cursor. */
  | 'gone'
  | 'tooMany'
  /** It answered something that is not in the contract. */
  | 'malformed'
  | 'serverFault';

/** One call. `token` is the person's; without it the terminal speaks for itself. */
export interface Call<Schema extends v.GenericSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly schema: Schema;
  /** Of a POST: the server may see it twice without harm. Only such calls are sent again by themselves. */
  readonly mayRepeat?: true;
  readonly deadlineMs?: number;
  readonly maxReplyBytes?: number;
}

/** The open end of an event stream; closing it is final. */
export interface OpenStream {
  close(): void;
}

export interface StreamHandlers {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** Called once, however the stream ended. */
  readonly onEnd: (code: LinkRefusal) => void;
}

/** The authenticated way to the record server. */
export interface Transport {
  readonly call: <Schema extends v.GenericSchema>(
    call: Call<Schema>,
  ) => Promise<Result<v.InferOutput<Schema>, LinkRefusal>>;
  /** A long reply of text; silence for `silenceMs` ends it. */
  stream(path: string, silenceMs: number, handlers: StreamHandlers): OpenStream;
  /** New connections show this certificate, of the same key; streams are opened anew, calls under way go on. */
  present(certificatePem: string): void;
  close(): void;
}

/** Whom to trust and, once enrolled, who we are. */
export interface TransportOptions {
  readonly serverUrl: string;
  readonly authorityPem: string;
  readonly certificatePem?: string;
  readonly privateKeyPem?: string;
}

const usualDeadlineMs = 5_000;
const usualMaxReplyBytes = 1_000_000;

/** TLS 1.3 with the site's authority pinned: the system's list of authorities is not asked. Redirects are not followed. */
export function createTransport(options: TransportOptions): Transport {
  const base = new URL(options.serverUrl);
  if (base.protocol !== 'https:') throw new Error('the record server is reached by https only');
  let agent = createAgent(options);
  const streams = new Set<OpenStream>();
  return {
    call: (call) => sendCall(base, agent, call),
    stream(path, silenceMs, handlers) {
      const stream = openStream(base, agent, path, silenceMs, {
        ...handlers,
        onEnd(code) {
          streams.delete(stream);
          handlers.onEnd(code);
        },
      });
      streams.add(stream);
      return stream;
    },
    present(certificatePem) {
      agent = createAgent({ ...options, certificatePem });
      // The server would end what was opened with the old certificate; the old agent's idle sockets time out by themselves.
      for (const stream of [...streams]) stream.close();
    },
    close() {
      for (const stream of [...streams]) stream.close();
      agent.destroy();
    },
  };
}

function createAgent(options: TransportOptions): Agent {
  return new Agent({
    keepAlive: true,
    maxSockets: 8,
    ca: options.authorityPem,
    ...(options.certificatePem === undefined ? {} : { cert: options.certificatePem }),
    ...(options.privateKeyPem === undefined ? {} : { key: options.privateKeyPem }),
    minVersion: 'TLSv1.3',
    rejectUnauthorized: true,
  });
}

function requestOptions(base: URL, agent: Agent, method: string, path: string): RequestOptions {
  const { hostname, port } = base;
  return { agent, method, path, hostname: hostname.replace(/^\[|\]$/g, ''), port };
}

interface RawReply {
  readonly status: number;
  readonly text: string;
}

async function sendCall<Schema extends v.GenericSchema>(
  base: URL,
  agent: Agent,
  call: Call<Schema>,
  mayRetry = true,
): Promise<Result<v.InferOutput<Schema>, LinkRefusal>> {
  const body = call.body === undefined ? null : Buffer.from(JSON.stringify(call.body), 'utf8');
  const headers = {
    accept: 'application/json',
    ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
    ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
  };
  const reply = await new Promise<Result<RawReply, LinkRefusal> | 'again'>((resolve) => {
    const sent = request(
      { ...requestOptions(base, agent, call.method, call.path), headers },
      (message) => {
        readBody(message, call.maxReplyBytes ?? usualMaxReplyBytes, resolve);
      },
    );
    const deadline = setTimeout(() => {
      sent.destroy();
      resolve(refuse('unreachable'));
    }, call.deadlineMs ?? usualDeadlineMs);
    sent.on('close', () => clearTimeout(deadline));
    sent.on('error', (error) => {
      // The server closed an idle connection just as we reused it; that it has not seen this call is likely, not certain.
      if (sent.reusedSocket && isReset(error) && mayRetry && isRepeatable(call)) resolve('again');
      else resolve(refuse(linkRefusalOf(error)));
    });
    sent.end(body ?? undefined);
  });
  if (reply === 'again') return await sendCall(base, agent, call, false);
  if (!reply.ok) return reply;
  const refusal = statusRefusal(reply.value.status, reply.value.text);
  if (refusal !== null) return refuse(refusal);
  const parsed = v.safeParse(call.schema, parseReply(reply.value.text));
  return parsed.success ? succeed(parsed.output) : refuse('malformed');
}

/** A PIN must not be counted twice, nor a session opened twice, for a connection that broke. */
function isRepeatable({ method, mayRepeat }: Pick<Call<v.GenericSchema>, 'method' | 'mayRepeat'>) {
  return method !== 'POST' || mayRepeat === true;
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function readBody(
  message: IncomingMessage,
  maxBytes: number,
  resolve: (reply: Result<RawReply, LinkRefusal>) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  message.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) {
      resolve(refuse('malformed'));
      message.destroy();
      return;
    }
    chunks.push(chunk);
  });
  message.on('error', () => resolve(refuse('unreachable')));
  message.on('aborted', () => resolve(refuse('unreachable')));
  message.on('end', () => {
    const text = Buffer.concat(chunks).toString('utf8');
    resolve(succeed({ status: message.statusCode ?? 0, text }));
  });
}

function openStream(
  base: URL,
  agent: Agent,
  path: string,
  silenceMs: number,
  handlers: StreamHandlers,
): OpenStream {
  let ended = false;
  const options = requestOptions(base, agent, 'GET', path);
  const sent = request({ ...options, headers: { accept: 'text/event-stream' } }, (message) => {
    const type = message.headers['content-type'] ?? '';
    if (message.statusCode !== 200 || !type.startsWith('text/event-stream')) {
      readBody(message, usualMaxReplyBytes, (reply) => {
        end(
          reply.ok
            ? (statusRefusal(reply.value.status, reply.value.text) ?? 'malformed')
            : reply.code,
        );
      });
      return;
    }
    handlers.onOpen();
    message.setEncoding('utf8');
    message.on('data', (text: string) => {
      silence.refresh();
      if (!ended) handlers.onText(text);
    });
    message.on('error', () => end('unreachable'));
    message.on('close', () => end('unreachable'));
  });
  const end = (code: LinkRefusal) => {
    if (ended) return;
    ended = true;
    clearTimeout(silence);
    sent.destroy();
    handlers.onEnd(code);
  };
  const silence = setTimeout(() => end('unreachable'), silenceMs);
  sent.on('error', (error) => end(linkRefusalOf(error)));
  sent.end();
  return { close: () => end('unreachable') };
}

/** A reply that is not JSON is null, which no schema takes for an answer that carries something. */
function parseReply(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A 401 with one of these codes is about the person's token; every other is about the terminal itself. */
const personCodes = new Set(['tokenRefused', 'sessionEnded']);

function statusRefusal(status: number, text: string): LinkRefusal | null {
  if (status >= 200 && status < 300) return null;
  const known = statusRefusals[status];
  if (known !== undefined) return known;
  const parsed = v.safeParse(errorReplySchema, parseReply(text));
  const code = parsed.success ? parsed.output.code : '';
  if (status === 401) return personCodes.has(code) ? 'personRefused' : 'terminalRefused';
  if (status === 403) return forbiddenCodes[code] ?? 'denied';
  return status >= 500 ? 'serverFault' : 'malformed';
}

/** A refused enrolment token is the terminal's affair too. */
const forbiddenCodes: Readonly<Record<string, LinkRefusal>> = {
  terminalRevoked: 'terminalRevoked',
  tokenRefused: 'terminalRefused',
};

const statusRefusals: Readonly<Record<number, LinkRefusal>> = {
  404: 'notFound',
  410: 'gone',
  429: 'tooMany',
};

const untrustedCodes =
  /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH)|PROTOCOL|WRONG_VERSION|UNSUPPORTED/;
const refusedAlerts = /ALERT/;

/** Tells a wrong server from a server that does not want us from no server at all, by the error of the TLS library. */
export function linkRefusalOf(error: Error): LinkRefusal {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // An old or plain-text server has not proven to be ours: EPROTO comes with the reason in the message only.
  if (untrustedCodes.test(code) || code === 'EPROTO' || /WRONG_VERSION/i.test(error.message)) {
    return 'untrusted';
  }
  return refusedAlerts.test(code) ? 'terminalRefused' : 'unreachable';
}

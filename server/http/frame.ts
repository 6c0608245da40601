import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { ValiError } from 'valibot';

/** What every answer carries: nothing of it may be kept, framed, sniffed or run. */
const headers: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000',
  'x-content-type-options': 'nosniff',
};

/** Codes of our own that may be told; every other failure becomes `invalid` or `internal`. */
const tellable = new Set(['tooDeep', 'notJson']);

/** Security headers on every answer, and failures that tell a code and keep the reason in the log. */
export function addFrame(server: FastifyInstance): void {
  server.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(headers);
    done();
  });
  server.setNotFoundHandler((_request, reply) => sendCode(reply, 404, 'notFound'));
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = statusOf(error);
    // The message of a foreign error may quote what was sent; name and code never do.
    if (status >= 500)
      request.log.error({
        event: 'requestFailed',
        name: error.name,
        code: error.code,
        at: whereOf(error),
      });
    else request.log.info({ event: 'requestRefused', code: error.code, status });
    return sendCode(reply, status, codeOf(error, status));
  });
}

function statusOf(error: FastifyError): number {
  if (error instanceof ValiError) return 400;
  const status = error.statusCode ?? 500;
  return status >= 400 && status < 600 ? status : 500;
}

function codeOf(error: FastifyError, status: number): string {
  if (status >= 500) return 'internal';
  if (status === 413) return 'tooLarge';
  if (status === 415) return 'mediaType';
  return tellable.has(error.code) ? error.code : 'invalid';
}

/** Where in our code it failed: file and line, never a message. */
function whereOf(error: Error): string[] {
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return frames.slice(0, 6).map((line) => line.trim());
}

async function sendCode(reply: FastifyReply, status: number, code: string): Promise<void> {
  await reply.code(status).send({ code });
}

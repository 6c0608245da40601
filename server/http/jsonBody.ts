import type { FastifyInstance } from 'fastify';

const deepest = 64;

/** Takes JSON bodies, refusing what is nested deeper than any record is before a parser has to follow it. */
export function addJsonBodies(server: FastifyInstance): void {
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser(
    ['application/json', 'application/fhir+json', 'application/json-patch+json'],
    { parseAs: 'string' },
    (_request, body, done) => {
      const text = body.toString();
      if (nestsDeeperThan(text, deepest)) {
        done(badRequest('tooDeep'));
        return;
      }
      try {
        done(null, text === '' ? null : withoutPrototypeKeys(text));
      } catch {
        done(badRequest('notJson'));
      }
    },
  );
}

/** Whether brackets outside strings nest deeper than the limit. */
export function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === backslash) at += 1;
      else if (code === quote) quoted = false;
    } else if (code === quote) quoted = true;
    else if (code === openBrace || code === openBracket) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === closeBrace || code === closeBracket) depth -= 1;
  }
  return false;
}

const [backslash, quote, openBrace, closeBrace, openBracket, closeBracket] = [
  0x5c, 0x22, 0x7b, 0x7d, 0x5b, 0x5d,
] as const;

/** Parses JSON in which `__proto__` is refused: no record has such a field, only an attack on the code that copies it. */
function withoutPrototypeKeys(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => {
    if (key === '__proto__') throw new SyntaxError('forbidden key');
    return value;
  });
}

function badRequest(code: string): Error & { statusCode: number; code: string } {
  return Object.assign(new Error(code), { statusCode: 400, code });
}

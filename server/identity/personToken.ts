import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import * as v from 'valibot';
import { personSchema } from '#core/contracts/terminal.ts';
import type { PersonContext } from '../context.ts';
import { secretFile } from './secretFile.ts';

/** A person's token is short: whoever loses the session loses the token within this. */
export const personTokenLifeMs = 300_000;

const audience = 'wardkey-record-server';

const claimsSchema = v.object({
  sub: v.string(),
  sid: v.string(),
  role: personSchema.entries.role,
  cnf: v.object({ 'x5t#S256': v.string() }),
});

/** Signs and reads the short tokens by which a terminal speaks for a person; each is bound to that terminal's certificate. */
export interface PersonTokens {
  issue(
    person: PersonContext,
    certificateThumbprint: string,
    nowMs: number,
  ): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
  /** The person, or null for any token that is altered, expired, or presented by another certificate. */
  verify(
    token: string,
    certificateThumbprint: string,
    nowMs: number,
  ): Promise<PersonContext | null>;
}

/** Opens the signing key in its 0400 file, or makes it. */
export function openPersonTokens(keyPath: string): PersonTokens {
  const pem = secretFile(keyPath, () =>
    Buffer.from(
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
        format: 'pem',
        type: 'pkcs8',
      }),
    ),
  );
  const signingKey = createPrivateKey(pem);
  const verifyingKey = createPublicKey(signingKey);
  return {
    issue: async (person, certificateThumbprint, nowMs) => {
      const expiresAtMs = nowMs + personTokenLifeMs;
      const token = await new SignJWT({
        sid: person.sessionId,
        role: person.role,
        cnf: { 'x5t#S256': certificateThumbprint },
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
        .setSubject(person.personId)
        .setAudience(audience)
        .setIssuedAt(Math.floor(nowMs / 1000))
        .setExpirationTime(Math.floor(expiresAtMs / 1000))
        .sign(signingKey);
      return { token, expiresAtMs };
    },
    verify: async (token, certificateThumbprint, nowMs) => {
      try {
        const { payload } = await jwtVerify(token, verifyingKey, {
          audience,
          algorithms: ['ES256'],
          currentDate: new Date(nowMs),
          requiredClaims: ['exp', 'iat'],
        });
        const claims = v.parse(claimsSchema, payload);
        if (claims.cnf['x5t#S256'] !== certificateThumbprint) return null;
        return {
          personId: claims.sub,
          sessionId: claims.sid,
          role: claims.role,
          purposeOfUse: 'TREAT',
        };
      } catch {
        return null;
      }
    },
  };
}

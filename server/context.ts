import type {} from 'fastify';
import type { Person } from '#core/contracts/terminal.ts';

/*
 * Who is asking: set on every request by the authentication hook (server/identity), read by every route.
 * A route that needs one and finds null refuses: nothing is served to nobody.
 */

/** The enrolled terminal behind the client certificate of this connection. */
export interface TerminalContext {
  readonly terminalId: string;
  /** FHIR logical id of the ward's Location; it comes from the certificate's enrolment, never from the request. */
  readonly wardId: string;
  /** SHA-256 of the certificate, base64url (RFC 8705 `x5t#S256`). */
  readonly certificateThumbprint: string;
}

/** HL7 v3 ActReason purpose of use under which a person acts. */
export type PurposeOfUse = 'TREAT' | 'ETREAT' | 'BTG' | 'HOPERAT';

/** The vetted person behind the bearer token, in one live session. */
export interface PersonContext {
  /** FHIR logical id of the Practitioner. */
  readonly personId: string;
  readonly sessionId: string;
  readonly role: Person['role'];
  readonly purposeOfUse: PurposeOfUse;
}

/** What is known of a session that signs operations, live or ended: offline work is pushed after its session has gone. */
export interface SessionKey {
  readonly sessionId: string;
  readonly personId: string;
  readonly terminalId: string;
  readonly role: Person['role'];
  /** Ed25519 public key, SPKI DER. */
  readonly publicKey: Uint8Array;
  readonly openedAtMs: number;
  /** Signatures for work made after this are refused; null while the session lives. */
  readonly endedAtMs: number | null;
}

/** Looks up the signing key of a session; null = no such session. */
export type SessionKeys = (sessionId: string) => Promise<SessionKey | null>;

declare module 'fastify' {
  interface FastifyRequest {
    terminal: TerminalContext | null;
    person: PersonContext | null;
  }
}

import 'reflect-metadata';
import { createHash, createPrivateKey, createPublicKey, randomBytes, webcrypto } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { refuse, succeed, type Result } from '#core/result.ts';
import { secretFile } from './secretFile.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
/** Certificates begin a little in the past: a terminal's clock may be behind the server's. */
const backdatedMs = 300_000;

/** How long a terminal's certificate serves before it must be renewed. */
export const clientCertificateLifeMs = dayMs;

/** A certificate made for a terminal, and the name under which the server will know it. */
export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly thumbprint: string;
  readonly notAfterMs: number;
}

/** The site's certificate authority: it vouches for this server and for every enrolled terminal, and for nothing else. */
export interface SiteAuthority {
  readonly authorityPem: string;
  /** Makes a certificate and key for the server itself; asked at every start. */
  serverCertificate(
    hosts: readonly string[],
    nowMs: number,
  ): Promise<{ readonly certificatePem: string; readonly keyPem: string }>;
  /** Signs a terminal's request once it has proven that it holds the key it asks for. */
  issueClient(
    csrPem: string,
    terminalId: string,
    nowMs: number,
  ): Promise<Result<IssuedCertificate, 'requestInvalid'>>;
}

/** SHA-256 of a certificate's DER, base64url: `x5t#S256` of RFC 8705. */
export function thumbprintOf(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('base64url');
}

/** Loads the authority from its folder, or founds it. Its key never leaves the folder's 0400 file. */
export async function openAuthority(folder: string, nowMs: number): Promise<SiteAuthority> {
  // The same object; its type differs between Node's and a browser's declarations.
  x509.cryptoProvider.set(webcrypto as never);
  const keys = await privateKeys(join(folder, 'authority.key'));
  const certificatePath = join(folder, 'authority.pem');
  if (!existsSync(certificatePath)) await found(certificatePath, keys, nowMs);
  const authorityPem = readFileSync(certificatePath, 'utf8');
  const authority = new x509.X509Certificate(authorityPem);

  const issue = async (
    subject: string,
    publicKey: x509.PublicKey | webcrypto.CryptoKey,
    life: { readonly fromMs: number; readonly toMs: number },
    extensions: readonly x509.Extension[],
  ): Promise<x509.X509Certificate> =>
    x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject,
      issuer: authority.subject,
      notBefore: new Date(life.fromMs),
      notAfter: new Date(life.toMs),
      signingAlgorithm: algorithm,
      publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        ...extensions,
      ],
    });

  return {
    authorityPem,
    serverCertificate: async (hosts, at) => {
      const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const names = hosts.map(
        (value) => ({ type: isAddress(value) ? 'ip' : 'dns', value }) as const,
      );
      const certificate = await issue(
        'CN=Wardkey record server',
        pair.publicKey,
        { fromMs: at - backdatedMs, toMs: at + 90 * dayMs },
        [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(names),
        ],
      );
      return {
        certificatePem: certificate.toString('pem'),
        keyPem: await exportKey(pair.privateKey),
      };
    },
    issueClient: async (csrPem, terminalId, at) => {
      const request = await provenRequest(csrPem);
      if (!request) return refuse('requestInvalid');
      const toMs = at + clientCertificateLifeMs;
      const certificate = await issue(
        // The name is ours, never the request's: a terminal cannot choose who it is.
        `CN=${terminalId}`,
        request.publicKey,
        { fromMs: at - backdatedMs, toMs },
        [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
      );
      return succeed({
        certificatePem: certificate.toString('pem'),
        thumbprint: thumbprintOf(new Uint8Array(certificate.rawData)),
        notAfterMs: certificate.notAfter.getTime(),
      });
    },
  };
}

/** A request whose own signature holds over a P-256 key, or null: whoever sent it has that key. */
async function provenRequest(csrPem: string): Promise<x509.Pkcs10CertificateRequest | null> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csrPem);
    const key = createPublicKey({
      key: Buffer.from(request.publicKey.rawData),
      format: 'der',
      type: 'spki',
    });
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return null;
    return (await request.verify()) ? request : null;
  } catch {
    return null;
  }
}

async function found(path: string, keys: webcrypto.CryptoKeyPair, nowMs: number): Promise<void> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=Wardkey site authority',
    notBefore: new Date(nowMs - backdatedMs),
    notAfter: new Date(nowMs + 3650 * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
    ],
  });
  const half = `${path}.new`;
  writeFileSync(half, certificate.toString('pem'), { mode: 0o444 });
  renameSync(half, path);
}

/** An EC P-256 key pair whose private half lives in a 0400 file (PKCS#8 PEM). */
async function privateKeys(path: string): Promise<webcrypto.CryptoKeyPair> {
  const fresh = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const freshPem = await exportKey(fresh.privateKey);
  const pem = secretFile(path, () => Buffer.from(freshPem)).toString('utf8');
  const privateKey = createPrivateKey(pem);
  return {
    privateKey: await webcrypto.subtle.importKey(
      'pkcs8',
      privateKey.export({ format: 'der', type: 'pkcs8' }),
      algorithm,
      false,
      ['sign'],
    ),
    publicKey: await webcrypto.subtle.importKey(
      'spki',
      createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
      algorithm,
      true,
      ['verify'],
    ),
  };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** 120 random bits, positive: serial numbers must not be guessable nor repeat. */
function serialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`;
}

function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host);
}

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

/** A certificate with its key, as PEM. */
export interface Certified {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** A site authority for tests: issues server and terminal certificates. */
export interface TestAuthority {
  readonly authorityPem: string;
  /** `endsInMs` negative gives one that has ended. */
  issue(use: 'server' | 'client', endsInMs?: number, address?: string): Promise<Certified>;
  /** Signs a request after checking it. */
  sign(csrPem: string): Promise<string>;
}

/** Makes an authority with a key of its own. */
export async function createTestAuthority(): Promise<TestAuthority> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const keys = await newKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=test authority',
    notBefore: new Date(Date.now() - 2 * dayMs),
    notAfter: new Date(Date.now() + dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const certify = async (
    publicKey: x509.PublicKeyType,
    use: 'server' | 'client',
    endsInMs: number,
    address: string,
  ) => {
    const usage =
      use === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: Math.trunc(Math.random() * 2 ** 40)
        .toString(16)
        .padStart(12, '1'),
      subject: `CN=test ${use}`,
      issuer: authority.subject,
      notBefore: new Date(Date.now() - dayMs),
      notAfter: new Date(Date.now() + endsInMs),
      signingAlgorithm: algorithm,
      publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.ExtendedKeyUsageExtension([usage]),
        new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: address }]),
      ],
    });
    return certificate.toString('pem');
  };
  return {
    authorityPem: authority.toString('pem'),
    async issue(use, endsInMs = dayMs, address = '127.0.0.1') {
      const own = await newKeys();
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
      return {
        certificatePem: await certify(own.publicKey, use, endsInMs, address),
        privateKeyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
      };
    },
    async sign(csrPem) {
      const request = new x509.Pkcs10CertificateRequest(csrPem);
      if (!(await request.verify())) throw new Error('the request does not prove its key');
      return await certify(request.publicKey, 'client', dayMs, '127.0.0.1');
    },
  };
}

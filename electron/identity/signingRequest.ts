import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** The library's name for a Web Crypto implementation, which Node's is. */
type X509Crypto = ReturnType<typeof x509.cryptoProvider.get>;

/** A fresh P-256 key of a terminal and the PKCS#10 request that proves its possession. */
export interface SigningRequest {
  readonly privateKeyPem: string;
  readonly csrPem: string;
}

/** Makes a key and its request. The key never leaves this machine; the record server names the terminal. */
export async function createSigningRequest(): Promise<SigningRequest> {
  // Node 18 has no global crypto, which the library would otherwise look for.
  x509.cryptoProvider.set(webcrypto as unknown as X509Crypto);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=wardkey terminal',
    keys,
    signingAlgorithm: algorithm,
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    privateKeyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
    csrPem: request.toString('pem'),
  };
}

import 'reflect-metadata';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  webcrypto,
  X509Certificate,
} from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A fresh P-256 private key, PKCS#8 PEM. It never leaves this machine. */
export function createTerminalKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The PKCS#10 request that proves possession of the key. The record server names the terminal, not the request. */
export async function createSigningRequest(privateKeyPem: string): Promise<string> {
  // Node 18 has no global crypto, which the library would otherwise look for.
  // The same object; its type differs between Node's and a browser's declarations.
  x509.cryptoProvider.set(webcrypto as never);
  const der = createPrivateKey(privateKeyPem).export({ type: 'pkcs8', format: 'der' });
  const { subtle } = webcrypto;
  const privateKey = await subtle.importKey('pkcs8', der, algorithm, true, ['sign']);
  const publicDer = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'der' });
  const publicKey = await subtle.importKey('spki', publicDer, algorithm, true, ['verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=wardkey terminal',
    keys: { privateKey, publicKey },
    signingAlgorithm: algorithm,
  });
  return request.toString('pem');
}

/** Whether a certificate was issued for this very key. */
export function certifiesKey(certificatePem: string, privateKeyPem: string): boolean {
  try {
    return new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem));
  } catch {
    return false;
  }
}

import type { Logger } from '#electron/log.ts';
import type { RecordServer } from '#electron/recordServer/recordServer.ts';
import type { Transport } from '#electron/recordServer/transport.ts';
import { renewTerminalCertificate } from './enrolment.ts';
import { certificateEndsAtMs, type TerminalIdentity } from './terminalIdentity.ts';

export interface CertificateKeeperOptions {
  readonly server: RecordServer;
  readonly transport: Pick<Transport, 'present'>;
  readonly identityFile: string;
  readonly deviceSecret: Uint8Array;
  readonly identity: TerminalIdentity;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Half of a certificate's 24 hours: a record server may be away for the other half. */
const renewBeforeEndMs = 12 * 3_600_000;
const dayMs = 86_400_000;

/**
 * One turn of keeping the certificate alive: asks for the next one in time, keeps it durably, and shows it from then on.
 * A terminal that was off for longer than its certificate lasts comes back by the same call.
 */
export function createCertificateKeeper(
  options: CertificateKeeperOptions,
): () => Promise<'done' | 'retry'> {
  const { server, transport, logger, now } = options;
  let { identity } = options;
  return async () => {
    if (certificateEndsAtMs(identity) - now() > renewBeforeEndMs) return 'done';
    const { identityFile, deviceSecret } = options;
    const renewed = await renewTerminalCertificate(server, identityFile, deviceSecret, identity);
    if (!renewed.ok) {
      // An absent server is nothing to report; the link says it already.
      if (renewed.code !== 'unreachable') {
        logger.log('certificateRefused', { code: renewed.code });
      }
      return 'retry';
    }
    identity = renewed.value;
    transport.present(identity.certificatePem);
    const days = Math.round((certificateEndsAtMs(identity) - now()) / dayMs);
    logger.log('certificateRenewed', { days });
    return 'done';
  };
}

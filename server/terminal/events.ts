import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import type { TerminalEvent } from '#core/contracts/terminal.ts';
import { needTerminal } from '../identity/authentication.ts';
import type { Query } from '../postgres/database.ts';
import type { Notices } from './notices.ts';
import { endingOf } from './sessions.ts';

/** Tells that something changed on a ward, without saying what. */
export interface WardPokes {
  subscribe(wardId: string, listener: () => void): () => void;
}

/** What the event streams are fed from. */
export interface EventParts {
  readonly query: Query;
  readonly notices: Notices;
  readonly pokes: WardPokes;
  readonly clock: () => number;
  /** A comment line this often tells both ends that the other still lives. */
  readonly heartbeatMs: number;
}

/** GET /terminal/events: one stream a terminal, pokes and endings only. Ends every stream when the service stops. */
export function addEventRoute(
  server: FastifyInstance,
  parts: EventParts,
): { readonly replay: () => void } {
  const streams = new Map<string, { readonly replay: () => void; readonly close: () => void }>();

  server.get('/terminal/events', async (request, reply) => {
    const { terminalId, wardId } = needTerminal(request);
    // One stream each: a terminal that lost the old one opens a new one before we notice.
    streams.get(terminalId)?.close();
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream',
    } as Record<string, string>);
    const send = (event: TerminalEvent): void => {
      response.write(`data: ${JSON.stringify(event)}\n\n`);
    };
    const replay = (): void => {
      missedEvents(parts.query, terminalId).then(
        (events) => {
          events.forEach(send);
          send({ type: 'changed' });
        },
        (error: unknown) => logFailure(request, error),
      );
    };
    const heartbeat = setInterval(() => response.write(':\n\n'), parts.heartbeatMs);
    const leave = [
      parts.pokes.subscribe(wardId, () => send({ type: 'changed' })),
      parts.notices.subscribe(terminalId, (event) => {
        send(event);
        if (event.type === 'terminalRevoked') close();
      }),
    ];
    const close = (): void => {
      clearInterval(heartbeat);
      leave.forEach((unsubscribe) => unsubscribe());
      if (streams.get(terminalId)?.close === close) streams.delete(terminalId);
      response.end();
    };
    streams.set(terminalId, { replay, close });
    response.on('close', close);
    send({ type: 'hello', serverTimeMs: Math.round(parts.clock()) });
    replay();
  });

  server.addHook('preClose', (done) => {
    for (const stream of [...streams.values()]) stream.close();
    done();
  });
  return { replay: () => streams.forEach((stream) => stream.replay()) };
}

/** Ends that the terminal itself brought about. */
const ownEnds = ['left', 'replaced'];

const missedRow = v.object({
  session_id: v.string(),
  person_id: v.string(),
  end_reason: v.nullable(v.string()),
  disabled: v.boolean(),
  revoked: v.boolean(),
  lease_epoch: v.number(),
});

/**
 * What a terminal that was away must still hear: sessions of its own that were ended by another hand, and who was shut out
 * meanwhile, however properly she had left: her slot may be there. Each once, the latest first.
 */
async function missedEvents(query: Query, terminalId: string): Promise<TerminalEvent[]> {
  const { rows } = await query(
    `select s.session_id, s.person_id, s.end_reason, p.disabled_at is not null as disabled,
            b.revoked_at is not null as revoked, t.lease_epoch
     from terminal.sessions s join directory.people p using (person_id) join directory.badges b using (badge_hash)
       join terminal.terminals t using (terminal_id)
     where s.terminal_id = $1 and s.opened_at > now() - interval '2 days'
       and (p.disabled_at is not null or b.revoked_at is not null
         or s.ended_at is not null and s.end_reason not in ('left', 'replaced'))
     order by s.opened_at desc`,
    [terminalId],
  );
  const missed = v.parse(v.array(missedRow), rows).flatMap((row): TerminalEvent[] => {
    const { person_id: personId, lease_epoch: leaseEpoch } = row;
    const events: TerminalEvent[] = [];
    if (row.end_reason !== null && !ownEnds.includes(row.end_reason))
      events.push(endingOf(row.session_id, row.end_reason));
    if (row.disabled) events.push({ type: 'personDisabled', personId });
    if (row.revoked) events.push({ type: 'badgeRevoked', personId, leaseEpoch });
    return events;
  });
  return [...new Map(missed.map((event) => [JSON.stringify(event), event])).values()];
}

function logFailure(request: FastifyRequest, error: unknown): void {
  request.log.error({
    event: 'replayFailed',
    name: error instanceof Error ? error.name : 'unknown',
  });
}

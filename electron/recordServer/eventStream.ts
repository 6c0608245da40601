import * as v from 'valibot';
import { terminalEventSchema, type TerminalEvent } from '#core/contracts/terminal.ts';
import { backOffMs } from './backOff.ts';
import type { LinkRefusal, OpenStream, Transport } from './transport.ts';

/** How the terminal stands with its record server right now. */
export type LinkState = 'connecting' | 'connected' | 'unreachable' | 'untrusted' | 'refused';

export interface EventStreamHandlers {
  readonly onEvent: (event: TerminalEvent) => void;
  readonly onState: (state: LinkState) => void;
  /** A line that is not in the contract; it is passed over. */
  readonly onMalformed: () => void;
}

export interface EventStreamOptions {
  /** The server beats every 10 s; longer silence than this is a dead line. */
  readonly silenceMs: number;
  readonly random: () => number;
}

const longestLine = 64_000;

/** Keeps one event stream open for ever: reconnects with back-off, notices a line that has gone silent. */
export function openEventStream(
  transport: Transport,
  handlers: EventStreamHandlers,
  options: EventStreamOptions,
): { close(): void } {
  let closed = false;
  let attempt = 0;
  let timer: NodeJS.Timeout | null = null;
  let stream: OpenStream | null = null;
  const connect = () => {
    const readLines = createLineReader(handlers);
    stream = transport.stream('/terminal/events', options.silenceMs, {
      onOpen() {
        attempt = 0;
        handlers.onState('connected');
      },
      onText: readLines,
      onEnd(code) {
        if (closed) return;
        handlers.onState(stateOf(code));
        // Whoever was away when it was told hears it at the door.
        if (code === 'terminalRevoked') handlers.onEvent({ type: 'terminalRevoked' });
        timer = setTimeout(connect, backOffMs(attempt, options.random()));
        attempt += 1;
      },
    });
  };
  handlers.onState('connecting');
  connect();
  return {
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      stream?.close();
    },
  };
}

/** Takes text in any pieces and hands on each event; `data:` lines hold one JSON object, the rest are heartbeats. */
function createLineReader(handlers: EventStreamHandlers): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) rest = '';
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const parsed = v.safeParse(
        v.pipe(v.string(), v.parseJson(), terminalEventSchema),
        line.slice('data:'.length).trim(),
      );
      if (parsed.success) handlers.onEvent(parsed.output);
      else handlers.onMalformed();
    }
  };
}

function stateOf(code: LinkRefusal): LinkState {
  if (code === 'untrusted') return 'untrusted';
  return code === 'terminalRefused' || code === 'terminalRevoked' ? 'refused' : 'unreachable';
}

import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { logEvents, type LogEvent, type LogFields } from './logEvents.ts';

/** Where the program says what happens to it: closed events, allow-listed fields, no free text. */
export interface Logger {
  /** `cause` is reduced to its class, its system code and where it was thrown: messages may quote data. */
  log<Event extends LogEvent>(event: Event, fields: LogFields<Event>, cause?: unknown): void;
}

/** Takes one finished line, newline included. */
export type LogSink = (line: string) => void;

const codeShape = /^[A-Za-z][A-Za-z.]{0,47}$/;
const errorCodeShape = /^[A-Z][A-Z0-9_]{1,47}$/;
const frameShape = /\/((?:core|native|electron|out)\/[\w./-]+:\d+):\d+\)?$/;

/** Writes JSON lines to every sink. A sink that fails is passed over: a full disk must not stop the ward. */
export function createLogger(sinks: readonly LogSink[], now: () => number): Logger {
  return {
    log(event, fields, cause) {
      const shape = logEvents[event];
      const line: Record<string, unknown> = {
        at: new Date(now()).toISOString(),
        level: shape.level,
        event,
        ...allowedFields(shape.fields, fields),
        ...(cause === undefined ? {} : { cause: describeCause(cause) }),
      };
      const text = `${JSON.stringify(line)}\n`;
      for (const sink of sinks) {
        try {
          sink(text);
        } catch {
          // The other sinks still get the line.
        }
      }
    },
  };
}

/** A file that moves aside when it is full: `path`, `path.1`, … up to `keep` older ones. */
export function createRotatingFile(path: string, maxBytes: number, keep: number): LogSink {
  let size = sizeOf(path);
  return (line) => {
    const bytes = Buffer.byteLength(line);
    if (size > 0 && size + bytes > maxBytes) {
      rmSync(`${path}.${keep}`, { force: true });
      for (let number = keep - 1; number >= 1; number -= 1) {
        moveIfThere(`${path}.${number}`, `${path}.${number + 1}`);
      }
      moveIfThere(path, `${path}.1`);
      size = 0;
    }
    appendFileSync(path, line, { mode: 0o600 });
    size += bytes;
  };
}

/** Lines on standard error, for the journal. One that nobody reads any more is passed over like a full disk. */
export function createStderrSink(): LogSink {
  process.stderr.on('error', () => undefined);
  return (line) => void process.stderr.write(line);
}

function allowedFields(
  shape: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const allowed: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(shape)) {
    const value = fields[name];
    const fits =
      kind === 'code' ? typeof value === 'string' && codeShape.test(value) : typeof value === kind;
    // What does not fit is not quoted: the value itself may be the secret.
    allowed[name] = fits ? value : 'unfit';
  }
  return allowed;
}

function describeCause(cause: unknown): Record<string, unknown> {
  if (!(cause instanceof Error)) return { name: 'unknown' };
  const code: unknown = 'code' in cause ? cause.code : undefined;
  const frames = (cause.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .flatMap((line) => frameShape.exec(line)?.[1] ?? [])
    .slice(0, 4);
  return {
    name: codeShape.test(cause.name) ? cause.name : 'Error',
    ...(typeof code === 'string' && errorCodeShape.test(code) ? { code } : {}),
    at: frames,
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function moveIfThere(from: string, to: string): void {
  if (sizeOf(from) > 0) renameSync(from, to);
}

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A probe of the bare add-on, running in a process of its own. */
export class Probe {
  readonly child: ChildProcess;
  readonly events: unknown[] = [];
  #waiting = new Map<string, (value: unknown) => void>();
  #heard = new Map<string, unknown>();
  readonly #ended: Promise<[number | null, string | null]>;

  constructor(name: string, options: object, env: Readonly<Record<string, string>>) {
    const file = path.join(import.meta.dirname, 'probe.mjs');
    this.child = fork(file, [name, JSON.stringify(options)], {
      env: { ...process.env, ...env },
      execArgv: [],
      serialization: 'advanced',
    });
    this.#ended = once(this.child, 'exit') as Promise<[number | null, string | null]>;
    this.child.on('message', (message: { step?: string; result?: unknown; event?: unknown }) => {
      if (message.event !== undefined) this.events.push(message.event);
      if (message.step !== undefined) this.#hear('step', message.step);
      if (message.result !== undefined) this.#hear('result', message.result);
    });
  }

  /** Waits until the probe has come to its point; `goOn` lets it continue. */
  async untilStep(): Promise<void> {
    await this.#listen('step');
  }

  goOn(): void {
    this.child.send('go on');
  }

  /** The probe's findings; fails when it died before it had any. */
  async result<Result>(): Promise<Result> {
    return (await this.#listen('result')) as Result;
  }

  /** How the process ended: its code, or the signal that killed it. */
  async ending(): Promise<number | string | null> {
    const [code, signal] = await this.#ended;
    return code ?? signal;
  }

  #hear(kind: string, value: unknown): void {
    this.#heard.set(kind, value);
    this.#waiting.get(kind)?.(value);
  }

  async #listen(kind: string): Promise<unknown> {
    if (this.#heard.has(kind)) return this.#heard.get(kind);
    const heard = new Promise((resolve) => this.#waiting.set(kind, resolve));
    const died = this.ending().then((ending) => {
      // The last message may come with the end.
      if (this.#heard.has(kind)) return this.#heard.get(kind);
      throw new Error(`the probe ended with ${String(ending)} before its ${kind}`);
    });
    return Promise.race([heard, died]);
  }
}

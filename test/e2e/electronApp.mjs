/**
 * An Electron program under test: its pages by Playwright, its main process by Node's inspector, its log from the first byte.
 * Playwright's own start of Electron attaches while the first windows are being made, which now and then leaves both waiting
 * for each other, and keeps the first lines of the log to itself; here it attaches to windows that are there, and may try again.
 */
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { chromium, errors } from 'playwright-core';
import { WebSocket } from 'ws';
import { eventually } from './eventually.mjs';

const startDeadlineMs = 40_000;
const attachDeadlineMs = 6_000;
const quitDeadlineMs = 10_000;
/** The list of pages is as it stays for now. */
const quietMs = 200;

/** What a program says on its standard error: lines of JSON are its log, the rest is Chromium's. */
function listen(stream) {
  const log = [];
  const other = [];
  const heard = new EventEmitter();
  let text = '';
  stream.on('data', (bytes) => {
    text += bytes;
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) {
      try {
        log.push(JSON.parse(line));
      } catch {
        other.push(line);
        heard.emit(line);
      }
    }
  });
  return { log, other, heard };
}

/** Speaks with Node's inspector in a main process. */
async function inspect(url) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const waiting = new Map();
  let last = 0;
  socket.on('message', (bytes) => {
    const { id, result, error } = JSON.parse(String(bytes));
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error !== undefined) asked?.reject(new Error(error.message));
    else asked?.resolve(result);
  });
  socket.on('close', () => {
    for (const asked of waiting.values()) asked.reject(new Error('the program has ended'));
    waiting.clear();
  });
  const send = async (method, params) =>
    await new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }), (error) => {
        if (error) reject(error);
      });
    });
  const valueOf = ({ result, exceptionDetails }) => {
    if (exceptionDetails === undefined) return result;
    const { exception, text } = exceptionDetails;
    throw new Error(exception?.description ?? text);
  };
  const electron = valueOf(
    await send('Runtime.evaluate', {
      expression: "require('electron')",
      includeCommandLineAPI: true,
    }),
  );
  return {
    evaluate: async (act, value) => {
      const answer = await send('Runtime.callFunctionOn', {
        functionDeclaration: String(act),
        objectId: electron.objectId,
        arguments: [{ objectId: electron.objectId }, { value }],
        returnByValue: true,
        awaitPromise: true,
      });
      return valueOf(answer).value;
    },
    close: () => socket.terminate(),
  };
}

/** Waits until the pages that a program begins with are there; they come one by one. */
async function pagesAreThere(port) {
  let seen = '';
  let sinceMs = Date.now();
  await eventually(
    'the first pages of the program',
    async () => {
      const reply = await fetch(`http://127.0.0.1:${port}/json/list`);
      const urls = (await reply.json()).map(({ id, url }) => `${id} ${url}`).join('\n');
      if (urls !== seen) {
        seen = urls;
        sinceMs = Date.now();
      }
      return seen.includes('.html') && Date.now() - sinceMs >= quietMs;
    },
    { deadlineMs: startDeadlineMs },
  );
}

/** A page that is made in the very moment of attaching is never told to go on, and Playwright waits for it: it asks anew. */
async function attachToPages(devTools, tries = 4) {
  try {
    return await chromium.connectOverCDP(devTools, {
      noDefaults: true,
      isLocal: true,
      timeout: attachDeadlineMs,
    });
  } catch (cause) {
    if (!(cause instanceof errors.TimeoutError) || tries === 1) throw cause;
    return await attachToPages(devTools, tries - 1);
  }
}

/**
 * Starts an Electron program and attaches to it.
 * @param {{ executable: string, args: string[], cwd: string, env: Record<string, string> }} options
 */
export async function launchElectron({ executable, args, cwd, env }) {
  const program = spawn(executable, ['--inspect=0', '--remote-debugging-port=0', ...args], {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const killAtOurEnd = () => program.kill('SIGKILL');
  process.once('exit', killAtOurEnd);
  const ended = new Promise((resolve) =>
    program.once('close', (code) => {
      process.removeListener('exit', killAtOurEnd);
      resolve(code);
    }),
  );
  const { log, other, heard } = listen(program.stderr);
  const said = (pattern) => other.map((line) => pattern.exec(line)?.[1]).find(Boolean);
  const endedWith = (code) =>
    `the program ended with ${code}: ${[...other, ...log.map((entry) => JSON.stringify(entry))].join('\n')}`;
  const attach = async () => {
    const [inspector, devTools] = await eventually(
      'the program to say where it is inspected',
      () => {
        const found = [
          said(/^Debugger listening on (ws:.*)$/),
          said(/^DevTools listening on (ws:.*)$/),
        ];
        return found.every(Boolean) ? found : null;
      },
      { deadlineMs: startDeadlineMs },
    );
    await pagesAreThere(new URL(devTools).port);
    const [main, browser] = await Promise.all([inspect(inspector), attachToPages(devTools)]);
    return { main, browser, context: browser.contexts()[0] };
  };
  const { main, browser, context } = await Promise.race([
    attach(),
    ended.then((code) => {
      throw new Error(endedWith(code));
    }),
  ]).catch((cause) => {
    killAtOurEnd();
    throw cause;
  });
  // A main process that ends, by itself too, waits for whoever inspects it.
  heard.once('Waiting for the debugger to disconnect...', main.close);
  const end = async (act) => {
    await act();
    const code = await ended;
    main.close();
    await browser.close().catch(() => undefined);
    return code;
  };
  return {
    log,
    process: program,
    evaluate: main.evaluate,
    pages: () => context.pages().filter((page) => !page.isClosed()),
    context,
    /** Ends it, if it still runs, as its own menu would; one that does not hear is killed. Any other end than the asked one is a fault. */
    close: async () => {
      const runs = program.exitCode === null && program.signalCode === null;
      const code = await end(async () => {
        await main.evaluate(({ app }) => app.quit()).catch(() => undefined);
        setTimeout(killAtOurEnd, quitDeadlineMs).unref();
      });
      if (runs && code !== 0) throw new Error(endedWith(code));
    },
    kill: async () => void (await end(killAtOurEnd)),
  };
}

/**
 * One probe of the bare add-on in a process of its own, started by probe.ts as `node probe.mjs NAME OPTIONS`.
 * Sends `{ step }` when it has come to a point that the test waits for, goes on when told to, and ends with `{ result }`.
 */
import { pbkdf2, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

const options = JSON.parse(process.argv[3]);
const { addonPath, readers } = options;
const getUid = Uint8Array.of(0xff, 0xca, 0, 0, 0);
const statusTimeoutMs = 1000;
const retryMs = 100;

const load = () => {
  const loaded = { exports: {} };
  process.dlopen(loaded, addonPath);
  return loaded.exports;
};

const pauseAt = async (step) => {
  process.send({ step });
  await once(process, 'message');
};

const watchUntilUp = (addon, onEvent = () => {}) =>
  new Promise((resolve) => {
    const handle = addon.watch(
      (event) => {
        onEvent(event);
        if (event.type === 'service' && event.up) resolve(handle);
      },
      statusTimeoutMs,
      retryMs,
    );
  });

const timed = (call) => {
  const start = performance.now();
  call();
  return performance.now() - start;
};

const quietly = (job) => void job.catch(() => undefined);

const openConnected = async (addon, reader) => {
  const link = addon.openLink(reader);
  await addon.connect(link);
  return link;
};

const outcome = (job) =>
  job.then(
    (reply) => Buffer.from(reply).toString('hex'),
    (error) => error.code,
  );

const probes = {
  /** Every call while the daemon is stopped and holds whoever speaks to it. */
  async callsWhileDaemonIsStopped() {
    const addon = load();
    const handle = await watchUntilUp(addon);
    const link = await openConnected(addon, readers[0]);
    await pauseAt('connected');
    const longestCallMs = Math.max(
      timed(() => quietly(addon.transmit(link, getUid))),
      timed(() => quietly(addon.status(link))),
      timed(() => quietly(addon.connect(addon.openLink(readers[1])))),
      timed(() => quietly(addon.disconnect(link))),
      timed(() => addon.closeLink(link)),
      timed(() => addon.watch(() => {}, statusTimeoutMs, retryMs)),
      timed(() => addon.unwatch(handle)),
    );
    return { longestCallMs };
  },

  /** More hung links than the thread pool has threads, and then the pool's work and another reader. */
  async poolWhileCardsHang() {
    const addon = load();
    for (let i = 0; i < 6; i++) {
      const link = addon.openLink(readers[0]);
      quietly(addon.connect(link));
      quietly(addon.transmit(link, getUid));
    }
    await sleep(200);
    const start = performance.now();
    await promisify(pbkdf2)('pin', 'salt', 1, 32, 'sha256');
    const poolMs = performance.now() - start;
    const link = await openConnected(addon, readers[1]);
    const uid = await outcome(addon.transmit(link, getUid));
    return { poolMs, uid, otherReaderMs: performance.now() - start };
  },

  /** Ends by itself when the watcher's thread has ended, and not before. */
  async unwatch() {
    const addon = load();
    const handle = await watchUntilUp(addon);
    await sleep(100);
    addon.unwatch(handle);
    return {};
  },

  /** Overwrites each command the moment it was handed over, and keeps each answer. */
  async apdusThatChangeAfterTheCall() {
    const addon = load();
    const link = await openConnected(addon, readers[0]);
    const sent = [];
    const jobs = [];
    for (let i = 0; i < options.count; i++) {
      const apdu = randomBytes(40);
      sent.push(apdu.toString('hex'));
      const handed = Uint8Array.from(apdu);
      jobs.push(addon.transmit(link, handed));
      handed.fill(0xee);
      structuredClone(handed.buffer, { transfer: [handed.buffer] });
    }
    const replies = await Promise.all(jobs);
    return { sent, replies: replies.map((reply) => Buffer.from(reply).toString('hex')) };
  },

  /** Stops everything while a card holds its thread. */
  async stopWhileCardHangs() {
    const addon = load();
    const handle = await watchUntilUp(addon);
    const link = await openConnected(addon, readers[0]);
    quietly(addon.transmit(link, getUid));
    await sleep(100);
    return {
      longestCallMs: Math.max(
        timed(() => addon.closeLink(link)),
        timed(() => addon.unwatch(handle)),
      ),
    };
  },

  /** Environments that end under running threads, at moments all over their start-up. */
  async environmentsThatEnd() {
    for (let i = 0; i < options.count; i++) {
      const worker = new Worker(workerSource, { eval: true, workerData: { addonPath, readers } });
      await once(worker, 'online');
      await sleep(i * 4);
      await worker.terminate();
    }
    return {};
  },

  /** The only environment that loaded the add-on ends under a hung thread, which wakes up afterwards. */
  async threadThatOutlivesItsEnvironment() {
    const worker = new Worker(workerSource, { eval: true, workerData: { addonPath, readers } });
    await once(worker, 'message');
    await sleep(100);
    await worker.terminate();
    await pauseAt('environment gone');
    await sleep(300);
    return {};
  },

  /** Everything the watcher says until told to stop. */
  async watchEvents() {
    const addon = load();
    const events = [];
    const handle = await watchUntilUp(addon, (event) => {
      events.push(event);
      process.send({ event });
    });
    await pauseAt('watching');
    addon.unwatch(handle);
    return { events };
  },

  /** One command to a card that does not answer as a card should. */
  async transmitOnce() {
    const addon = load();
    const link = await openConnected(addon, readers[0]);
    return { outcome: await outcome(addon.transmit(link, getUid)) };
  },

  /** Reads, lets the file be replaced, and reads again through threads started afterwards. */
  async readAroundReplacement() {
    const addon = load();
    const read = async () =>
      outcome(addon.transmit(await openConnected(addon, readers[0]), getUid));
    const before = await read();
    await pauseAt('mapped');
    return { before, after: await read() };
  },
};

const workerSource = `
  const { parentPort, workerData } = require('node:worker_threads');
  const loaded = { exports: {} };
  process.dlopen(loaded, workerData.addonPath);
  const addon = loaded.exports;
  addon.watch(() => {}, 1000, 100);
  for (const reader of workerData.readers) {
    const link = addon.openLink(reader);
    addon.connect(link).then(() => {
      parentPort.postMessage('connected');
      addon.transmit(link, Uint8Array.of(0xff, 0xca, 0, 0, 0)).catch(() => {});
    }, () => {});
  }
  setInterval(() => {}, 1000);`;

// Links do not hold a process; whoever waits for one has a deadline that does.
const deadline = setInterval(() => {}, 1000);
process.send({ result: await probes[process.argv[2]]() });
clearInterval(deadline);
process.disconnect();
if (options.exit) process.exit(0);

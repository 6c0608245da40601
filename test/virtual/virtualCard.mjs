/**
 * A contactless card for pcscd's vpcd driver. The card is the TCP client: to connect is to come into the field, to close
 * (FIN or RST) is to leave it. Frames both ways are a 2-byte big-endian length and a body; a body of one byte is a control
 * byte (power off, power on, reset: no answer; ask for the ATR: answered), anything longer is a command APDU.
 */
import net from 'node:net';
import { performance } from 'node:perf_hooks';

const controlBytes = { powerOff: 0, powerOn: 1, reset: 2, askAtr: 4 };

/** What a reader says of a MIFARE Classic 1K; its last byte is the checksum. */
export const atrMifare1k = Buffer.from('3B8F8001804F0CA000000306030001000000006A', 'hex');

const success = Buffer.from('9000', 'hex');
const unknownInstruction = Buffer.from('6D00', 'hex');

/** Answers `FF CA 00 00 00` with this UID, and refuses everything else. */
export function answerUid(uidHex) {
  const reply = Buffer.concat([Buffer.from(uidHex, 'hex'), success]);
  return (apdu) => (isGetUid(apdu) ? reply : unknownInstruction);
}

/** Never answers an APDU: pcscd waits until the card goes. */
export const answerNothing = () => null;

/** Answers like `answer`, so much later. */
export function answerAfter(delayMs, answer) {
  return (apdu) => new Promise((resolve) => setTimeout(() => resolve(answer(apdu)), delayMs));
}

export class VirtualCard {
  #socket = null;
  #pending = Buffer.alloc(0);

  /** Command APDUs seen, newest last. */
  apdus = [];

  constructor({ port, uid = '04a1b2c3', atr = atrMifare1k, answer = answerUid(uid) }) {
    this.port = port;
    this.atr = atr;
    this.answer = answer;
  }

  get inField() {
    return this.#socket !== null;
  }

  /** Comes into the field; resolves with the moment (epoch ms with fraction) the reader took the connection. */
  insert() {
    if (this.#socket) return Promise.reject(new Error('the card is in the field already'));
    this.#pending = Buffer.alloc(0);
    const socket = net.connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
    });
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(performance.timeOrigin + performance.now()));
      // A reader that dies resets the connection: to the card that is only the end of the field.
      socket.on('error', reject);
    });
  }

  /** Leaves the field; `abruptly` by reset instead of an orderly close. */
  remove({ abruptly = false } = {}) {
    const socket = this.#socket;
    this.#socket = null;
    if (abruptly) socket?.resetAndDestroy();
    else socket?.destroy();
  }

  #receive(chunk) {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= 2) {
      const end = 2 + this.#pending.readUInt16BE(0);
      if (this.#pending.length < end) return;
      const body = Buffer.from(this.#pending.subarray(2, end));
      this.#pending = this.#pending.subarray(end);
      if (body.length > 1) void this.#answerApdu(body);
      else if (body[0] === controlBytes.askAtr) this.#send(this.atr);
    }
  }

  async #answerApdu(apdu) {
    this.apdus.push(apdu);
    const socket = this.#socket;
    const reply = await this.answer(apdu, this);
    // Only into the stay that asked: a late answer must not reach the next one.
    if (reply && this.#socket === socket) this.#send(reply);
  }

  #send(body) {
    const frame = Buffer.alloc(2 + body.length);
    frame.writeUInt16BE(body.length, 0);
    body.copy(frame, 2);
    this.#socket?.write(frame);
  }
}

function isGetUid(apdu) {
  return apdu.length >= 4 && apdu[0] === 0xff && apdu[1] === 0xca && apdu[2] === 0x00;
}

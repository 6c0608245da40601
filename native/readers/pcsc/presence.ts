import type { ReaderEvent } from '#core/contracts/badge.ts';
import type { PcscEvent, PcscState } from './addon.ts';

/** One stay of one card in one field. `count` is pcscd's event counter at the moment the card was seen. */
export interface CardPresence {
  readonly presence: number;
  readonly count: number;
  readonly mute: boolean;
}

interface ReaderState {
  /** An unplugged reader stays in pcscd's list as unavailable; to the terminal it is gone. */
  readonly available: boolean;
  readonly card: CardPresence | null;
}

/** What is known of the readers; changed only by `stepPresence`. */
export interface PresenceState {
  readonly lastPresence: number;
  readonly readers: ReadonlyMap<string, ReaderState>;
}

/** Nothing known yet. */
export const noPresence: PresenceState = { lastPresence: 0, readers: new Map() };

/** What follows from an event: lines for the terminal, and cards to be read now. */
export interface PresenceStep {
  readonly state: PresenceState;
  readonly events: readonly ReaderEvent[];
  readonly reads: readonly { readonly reader: string; readonly card: CardPresence }[];
}

/** The pure step from pcscd's view (states with a counter) to the terminal's (numbered stays of cards). */
export function stepPresence(state: PresenceState, event: PcscEvent): PresenceStep {
  switch (event.type) {
    case 'service':
      return { state, events: [event], reads: [] };
    case 'readerAdded':
      return addReader(state, event.reader);
    case 'readerRemoved':
      return removeReader(state, event.reader);
    case 'state':
      return changeState(state, event.reader, event.state);
  }
}

/** Whether this stay of the card is still the one in the field; an answer to an older one must be dropped. */
export function isPresent(state: PresenceState, reader: string, presence: number): boolean {
  return state.readers.get(reader)?.card?.presence === presence;
}

function addReader(state: PresenceState, reader: string): PresenceStep {
  return {
    state: withReader(state, reader, { available: true, card: null }),
    events: [{ type: 'readerAdded', reader }],
    reads: [],
  };
}

function removeReader(state: PresenceState, reader: string): PresenceStep {
  const known = state.readers.get(reader);
  const readers = new Map(state.readers);
  readers.delete(reader);
  const events = known?.available === true ? goneEvents(reader, known.card, true) : [];
  return { state: { ...state, readers }, events, reads: [] };
}

function changeState(state: PresenceState, reader: string, seen: PcscState): PresenceStep {
  const known = state.readers.get(reader);
  if (!known) return { state, events: [], reads: [] };
  if (seen.unavailable) {
    const events = known.available ? goneEvents(reader, known.card, true) : [];
    return {
      state: withReader(state, reader, { available: false, card: null }),
      events,
      reads: [],
    };
  }
  const events: ReaderEvent[] = known.available ? [] : [{ type: 'readerAdded', reader }];
  if (!seen.present) {
    events.push(...goneEvents(reader, known.card, false));
    return {
      state: withReader(state, reader, { available: true, card: null }),
      events,
      reads: [],
    };
  }
  // Still present under another count: the card was swapped between two looks (rule 9).
  const sameCard = known.card?.count === seen.count;
  if (known.card && !sameCard) events.push(...goneEvents(reader, known.card, false));
  return presentCard(state, reader, sameCard ? known.card : null, seen, events);
}

function presentCard(
  state: PresenceState,
  reader: string,
  known: CardPresence | null,
  seen: PcscState,
  events: ReaderEvent[],
): PresenceStep {
  const presence = known?.presence ?? state.lastPresence + 1;
  const card: CardPresence = { presence, count: seen.count, mute: seen.mute };
  if (seen.mute && known?.mute !== true)
    events.push({ type: 'badgeFault', reader, presence, fault: 'cardMute' });
  const isNewlyReadable = !seen.mute && (known === null || known.mute);
  return {
    state: {
      ...withReader(state, reader, { available: true, card }),
      lastPresence: Math.max(presence, state.lastPresence),
    },
    events,
    reads: isNewlyReadable ? [{ reader, card }] : [],
  };
}

function goneEvents(reader: string, card: CardPresence | null, readerToo: boolean): ReaderEvent[] {
  const events: ReaderEvent[] = [];
  if (card) events.push({ type: 'removed', reader, presence: card.presence });
  if (readerToo) events.push({ type: 'readerRemoved', reader });
  return events;
}

function withReader(state: PresenceState, reader: string, value: ReaderState): PresenceState {
  return { ...state, readers: new Map(state.readers).set(reader, value) };
}

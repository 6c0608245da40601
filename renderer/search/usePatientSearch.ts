import { useEffect, useRef, useState } from 'react';
import type { SearchResult } from '#core/contracts/clinical.ts';
import type { CallRefusal } from '#core/contracts/ipc.ts';
import { useCalls } from '#renderer/workspace/context.ts';

export type SearchPlace = 'ward' | 'server';

/** Fewer characters than this would list half the ward. */
export const searchMinLength = 2;
const searchMaxLength = 100;

/** Ward search follows the typing after this pause: each one is an audit entry, and a letter is not a question. */
export const searchDelayMs = 250;

/** What the search shows: nothing yet, an answer and to which question, or why there is none. */
export type SearchState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'searching'; readonly text: string; readonly where: SearchPlace }
  | {
      readonly kind: 'found';
      readonly text: string;
      readonly where: SearchPlace;
      readonly result: SearchResult;
    }
  | {
      readonly kind: 'refused';
      readonly text: string;
      readonly where: SearchPlace;
      readonly code: CallRefusal;
    };

/** The question in a typed text; null while it is too short to be one. */
export function searchQuestion(text: string): string | null {
  const question = text.trim().replace(/\s+/g, ' ').slice(0, searchMaxLength);
  return question.length < searchMinLength ? null : question;
}

/** Searches the ward while a person types and the hospital only when told to; late answers to older questions are dropped. */
export function usePatientSearch(typed: string): {
  readonly state: SearchState;
  readonly searchHospital: () => void;
} {
  const calls = useCalls();
  const [state, setState] = useState<SearchState>({ kind: 'idle' });
  const asked = useRef(0);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const question = searchQuestion(typed);

  const ask = (text: string, where: SearchPlace) => {
    // Whoever asks the whole hospital does not wait for the ward: its answer would replace the one she asked for.
    clearTimeout(pause.current);
    asked.current += 1;
    const mine = asked.current;
    setState({ kind: 'searching', text, where });
    void calls.patientSearch({ text, where }).then((reply) => {
      if (mine !== asked.current) return;
      setState(
        reply.ok
          ? { kind: 'found', text, where, result: reply.value }
          : { kind: 'refused', text, where, code: reply.code },
      );
    });
  };
  const latestAsk = useRef(ask);
  useEffect(() => {
    latestAsk.current = ask;
  });

  useEffect(() => {
    asked.current += 1;
    if (question === null) {
      setState({ kind: 'idle' });
      return undefined;
    }
    pause.current = setTimeout(() => latestAsk.current(question, 'ward'), searchDelayMs);
    return () => clearTimeout(pause.current);
  }, [question]);

  return {
    state,
    searchHospital: () => {
      if (question !== null) ask(question, 'server');
    },
  };
}

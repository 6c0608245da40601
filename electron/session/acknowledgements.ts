/** Answers that a page owes: awaited under a name, with a deadline. Silence counts as no. */
export interface Acknowledgements {
  await(name: string, deadlineMs: number): Promise<boolean>;
  /** Settles whoever waits for this name; nobody may. */
  settle(name: string, acknowledged: boolean): void;
}

/** Holds the names that are waited for. */
export function createAcknowledgements(): Acknowledgements {
  const waiting = new Map<string, (acknowledged: boolean) => void>();
  return {
    await: async (name, deadlineMs) =>
      await new Promise<boolean>((resolve) => {
        const end = (acknowledged: boolean): void => {
          clearTimeout(timer);
          waiting.delete(name);
          resolve(acknowledged);
        };
        const timer = setTimeout(() => end(false), deadlineMs);
        waiting.set(name, end);
      }),
    settle: (name, acknowledged) => waiting.get(name)?.(acknowledged),
  };
}

/** Waits until a check answers something, or fails with what was waited for. */
export function eventually<Value>(
  what: string,
  check: () => Value | Promise<Value>,
  options?: { deadlineMs?: number; everyMs?: number },
): Promise<NonNullable<Value>>;

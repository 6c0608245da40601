/** What `installBridge` is given: JSON only, since it crosses into the page. */
export interface BridgeScript {
  readonly first: { topic: string; message: unknown };
  readonly messages: readonly { topic: string; message: unknown }[];
  readonly replies: Record<string, unknown>;
}

/** What a page under the fake bridge keeps for the test to read. */
export interface GalleryWindow {
  wardkey: unknown;
  gallery: {
    calls: { name: string; payload: unknown }[];
    violations: string[];
    push: (topic: string, message: unknown) => void;
  };
}

/**
 * Runs inside the page, before its own scripts: a bridge with the real one's shape that answers from the script and
 * pushes the first message when the page says that it is ready. Must not use anything from outside itself.
 */
export function installBridge(script: BridgeScript): void {
  const page = window as unknown as GalleryWindow;
  const listeners = new Map<string, (message: unknown) => void>();
  const push = (topic: string, message: unknown) => listeners.get(topic)?.(message);
  const calls: { name: string; payload: unknown }[] = [];
  const violations: string[] = [];
  document.addEventListener('securitypolicyviolation', (event) =>
    violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`),
  );
  const start = () => {
    push(script.first.topic, script.first.message);
    for (const { topic, message } of script.messages) push(topic, message);
  };
  const call = new Proxy(
    {},
    {
      get: (_target, name) => (payload: unknown) => {
        calls.push({ name: String(name), payload });
        if (name === 'systemReady' || name === 'workspaceReady') setTimeout(start, 0);
        return Promise.resolve(script.replies[String(name)] ?? { ok: true, value: null });
      },
    },
  );
  const on = new Proxy(
    {},
    {
      get: (_target, topic) => (listener: (message: unknown) => void) => {
        listeners.set(String(topic), listener);
        return () => listeners.delete(String(topic));
      },
    },
  );
  page.wardkey = { call, on };
  page.gallery = { calls, violations, push };
}

import type { Reply, systemCallSchemas } from '#core/contracts/ipc.ts';
import type { SessionEvent } from '#core/session/model.ts';
import type { CallHandlers } from '../ipc/serve.ts';
import type { SystemView } from './systemView.ts';

interface SystemCallDeps {
  readonly view: SystemView;
  readonly dispatch: (event: SessionEvent) => void;
  readonly nowMs: () => number;
  readonly retryFault: () => void;
}

const done: Reply<null> = { ok: true, value: null };

/** What the system page may ask for: everything becomes an event of the machine, nothing returns data. */
export function createSystemCalls(deps: SystemCallDeps): CallHandlers<typeof systemCallSchemas> {
  const say = async (event: SessionEvent): Promise<Reply<null>> => {
    deps.dispatch(event);
    return await Promise.resolve(done);
  };
  return {
    systemReady: async () => {
      deps.view.refresh();
      return await Promise.resolve(done);
    },
    pinSubmit: async ({ attempt, pin }) =>
      await say({ type: 'pinSubmitted', attempt, pin, atMs: deps.nowMs() }),
    pinCancel: async ({ attempt }) =>
      await say({ type: 'pinCancelled', attempt, atMs: deps.nowMs() }),
    uncover: async () => await say({ type: 'input', atMs: deps.nowMs() }),
    faultAcknowledge: async () => {
      deps.retryFault();
      return await Promise.resolve(done);
    },
    languageSet: async (choice) => {
      deps.view.choose(choice);
      return await Promise.resolve(done);
    },
    themeSet: async (choice) => {
      deps.view.choose(choice);
      return await Promise.resolve(done);
    },
    systemPainted: async ({ revision }) => {
      deps.view.painted(revision);
      return await Promise.resolve(done);
    },
  };
}

import { createContext, use, useMemo } from 'react';
import type { Language, Theme, WorkspaceBridge } from '#core/contracts/ipc.ts';
import type { View, WorkspaceEvent, WorkspaceState } from './state.ts';

/** What every part of a workspace can reach: the bridge, the state, and the one way to move it. */
export interface Workspace {
  readonly call: WorkspaceBridge['call'];
  readonly state: WorkspaceState;
  readonly dispatch: (event: WorkspaceEvent) => void;
}

export const WorkspaceContext = createContext<Workspace | null>(null);

/** The workspace of the present session. */
export function useWorkspace(): Workspace {
  const workspace = use(WorkspaceContext);
  if (workspace === null) throw new Error('no session above');
  return workspace;
}

/** The calls that main answers. */
export function useCalls(): WorkspaceBridge['call'] {
  return useWorkspace().call;
}

/** Goes to another screen. */
export function useNavigate(): (view: View) => void {
  const { dispatch } = useWorkspace();
  return useMemo(() => (view: View) => dispatch({ type: 'navigate', view }), [dispatch]);
}

/** A number that moves whenever the record of this patient changed: use it as a dependency of reads. */
export function useRevision(patientId: string): number {
  return useWorkspace().state.revisions.get(patientId) ?? 0;
}

/** Sets language or colours here at once, and tells main so that the person keeps them. */
export function usePreferences(): {
  language: Language;
  theme: Theme;
  setLanguage: (language: Language) => void;
  setTheme: (theme: Theme) => void;
} {
  const { call, dispatch, state } = useWorkspace();
  return {
    language: state.language,
    theme: state.theme,
    setLanguage: (language) => {
      dispatch({ type: 'language', language });
      void call.languageSet({ language });
    },
    setTheme: (theme) => {
      dispatch({ type: 'theme', theme });
      void call.themeSet({ theme });
    },
  };
}

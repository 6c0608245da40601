import { useLayoutEffect } from 'react';
import type { Theme } from '#core/contracts/ipc.ts';

/** Sets the colours of the whole document before it is painted. */
export function useTheme(theme: Theme): void {
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
}

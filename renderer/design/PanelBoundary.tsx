import { TriangleAlert } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { useText } from '#renderer/i18n/text.tsx';
import { Button } from './Button.tsx';

/** Round every panel: whatever throws inside costs that panel and not the screen. */
export class PanelBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return <PanelFailure onRetry={() => this.setState({ failed: false })} />;
  }
}

/** What stands in the place of a panel that failed. */
export function PanelFailure({ onRetry }: { onRetry: () => void }) {
  const t = useText();
  return (
    <div className="panelFailure" role="alert">
      <TriangleAlert size={24} aria-hidden="true" />
      <p>{t('common.panelFailed')}</p>
      <Button onClick={onRetry}>{t('common.tryAgain')}</Button>
    </div>
  );
}

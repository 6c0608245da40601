import { useText } from '#renderer/i18n/text.tsx';
import { BadgePicture } from './Picture.tsx';

/** The moments in which the terminal works: reading a badge, opening a workspace. */
export function Waiting(props: { kind: 'identifying' } | { kind: 'opening'; name: string }) {
  const t = useText();
  return (
    <div role="status" className="systemAlert">
      <BadgePicture />
      <h1>{t(`system.${props.kind}.title`)}</h1>
      <p className="systemHint">
        {props.kind === 'opening' ? props.name : t('system.identifying.hint')}
      </p>
    </div>
  );
}

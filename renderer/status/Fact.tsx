import { CircleCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useText } from '#renderer/i18n/text.tsx';

/** A titled panel of facts. */
export function FactPanel(props: { title: string; wide?: boolean; children: ReactNode }) {
  return (
    <section className="panel factPanel" data-wide={props.wide}>
      <h2>{props.title}</h2>
      {props.children}
    </section>
  );
}

/** One fact; `good` adds a shape that says whether it needs somebody. */
export function Fact(props: { name: string; good?: boolean; children: ReactNode }) {
  const t = useText();
  const { name, good, children } = props;
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd data-good={good}>
        {good === true && (
          <>
            <CircleCheck size={18} aria-hidden="true" />
            <span className="visuallyHidden">{t('status.good')}: </span>
          </>
        )}
        {good === false && (
          <>
            <TriangleAlert size={18} aria-hidden="true" />
            <span className="visuallyHidden">{t('status.attention')}: </span>
          </>
        )}
        {children}
      </dd>
    </div>
  );
}

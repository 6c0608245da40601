import { CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** A line across the screen that says something in words, with what can be done about it. */
export function Notice(props: {
  tone: 'info' | 'ok' | 'warn' | 'danger';
  children: ReactNode;
  action?: ReactNode;
}) {
  const Icon = { info: Info, ok: CircleCheck, warn: TriangleAlert, danger: TriangleAlert }[
    props.tone
  ];
  return (
    <div className="notice" data-tone={props.tone}>
      <Icon size={22} aria-hidden="true" />
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}

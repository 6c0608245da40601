import { CircleCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** A line across the screen that says something in words, with what can be done about it. */
export function Notice(props: {
  tone: 'ok' | 'warn' | 'danger';
  children: ReactNode;
  action?: ReactNode;
}) {
  const Icon = props.tone === 'ok' ? CircleCheck : TriangleAlert;
  return (
    <div className="notice" data-tone={props.tone}>
      <Icon size={22} aria-hidden="true" />
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}

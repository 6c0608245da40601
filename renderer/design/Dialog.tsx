import { useEffect, useId, useRef, type ReactNode } from 'react';

/** A modal dialog on the platform's own element, which keeps focus inside, closes on Escape and gives focus back. */
export function Dialog(props: {
  title: string;
  icon?: ReactNode;
  children: ReactNode;
  actions: ReactNode;
  onClose: () => void;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog className="dialog" ref={element} aria-labelledby={titleId} onClose={props.onClose}>
      <header>
        {props.icon}
        <h2 id={titleId}>{props.title}</h2>
      </header>
      <div className="dialogBody">{props.children}</div>
      <footer>{props.actions}</footer>
    </dialog>
  );
}

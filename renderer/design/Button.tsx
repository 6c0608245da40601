import type { ButtonHTMLAttributes } from 'react';

/** A button of the house. `primary` is the one main action of a panel, `quiet` one that should not compete. */
export function Button(
  props: ButtonHTMLAttributes<HTMLButtonElement> & {
    kind?: 'primary' | 'outline' | 'danger' | 'quiet';
  },
) {
  const { kind, className, ...rest } = props;
  const classes = className === undefined ? 'button' : `button ${className}`;
  return <button type="button" className={classes} data-kind={kind} {...rest} />;
}

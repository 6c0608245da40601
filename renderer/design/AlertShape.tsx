import type { Alert } from '#core/contracts/clinical.ts';

/** ISO 3864 shapes: meaning must survive without colour. The words stand beside it, so it is hidden from readers. */
export function AlertShape({ shape }: { shape: Alert['shape'] }) {
  return (
    <svg className="alertShape" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {drawn(shape)}
    </svg>
  );
}

function drawn(shape: Alert['shape']) {
  switch (shape) {
    case 'prohibition':
      return (
        <>
          <circle cx="10" cy="10" r="8" fill="#fff" stroke="#c3141b" strokeWidth="3" />
          <path d="m4.6 4.6 10.8 10.8" stroke="#c3141b" strokeWidth="3" />
        </>
      );
    case 'mandatory':
      return (
        <>
          <circle cx="10" cy="10" r="9" fill="#0a58a6" stroke="#fff" strokeWidth="1" />
          <path d="M10 4.6v6.4M10 13.4v2" stroke="#fff" strokeWidth="2.6" />
        </>
      );
    case 'warning':
      return (
        <>
          <path
            d="M10 2 19 18H1Z"
            fill="#ffd23f"
            stroke="#1a1400"
            strokeWidth="1.6"
            strokeLinejoin="round"
          />
          <path d="M10 7.5v5M10 14.4v1.4" stroke="#1a1400" strokeWidth="2" />
        </>
      );
    case 'danger':
      return (
        <>
          <rect x="1" y="1" width="18" height="18" rx="2" fill="#c3141b" />
          <path d="M10 4 17 16H3Z" fill="#fff" />
        </>
      );
    case 'supplementary':
      return (
        <>
          <rect
            x="1.5"
            y="1.5"
            width="17"
            height="17"
            rx="2"
            fill="#fff"
            stroke="#44535f"
            strokeWidth="1.8"
          />
          <path d="M10 8.6V15M10 5v1.8" stroke="#44535f" strokeWidth="2.4" />
        </>
      );
  }
}

/** An alert in its shape and words. */
export function AlertFlag({ alert }: { alert: Alert }) {
  return (
    <span className="alertFlag">
      <AlertShape shape={alert.shape} />
      {alert.text}
    </span>
  );
}

/** The badge held to a reader: the one picture of the idle screen. */
export function BadgePicture() {
  return (
    <div className="systemPicture" aria-hidden="true">
      <i />
      <i />
      <i />
      <svg viewBox="0 0 200 200" width="230" height="230">
        <g transform="rotate(-9 100 100)">
          <rect x="38" y="52" width="84" height="112" rx="12" className="pictureCard" />
          <rect x="66" y="62" width="28" height="7" rx="3.5" className="pictureInk" />
          <circle cx="80" cy="98" r="15" className="pictureInk" />
          <path d="M56 132a24 19 0 0 1 48 0Z" className="pictureInk" />
          <rect x="54" y="142" width="52" height="6" rx="3" className="pictureInk" />
        </g>
        <g className="pictureWaves">
          <path d="M138 84a26 26 0 0 1 0 38" />
          <path d="M152 70a46 46 0 0 1 0 66" />
          <path d="M166 56a66 66 0 0 1 0 94" />
        </g>
      </svg>
    </div>
  );
}

/** The same badge with a plain sign over it: what is usual here does not work now. */
export function BlockedPicture({ tone }: { tone: 'warn' | 'danger' }) {
  return (
    <div className="systemPicture" data-tone={tone} aria-hidden="true">
      <svg viewBox="0 0 200 200" width="230" height="230">
        <rect x="44" y="40" width="84" height="112" rx="12" className="pictureCard" />
        <rect x="72" y="50" width="28" height="7" rx="3.5" className="pictureInk" />
        <circle cx="86" cy="86" r="15" className="pictureInk" />
        <path d="M62 120a24 19 0 0 1 48 0Z" className="pictureInk" />
        <rect x="60" y="130" width="52" height="6" rx="3" className="pictureInk" />
        <path d="M136 84 188 174H84Z" className="pictureSign" />
        <path d="M136 114v30M136 154v7" className="pictureMark" />
      </svg>
    </div>
  );
}

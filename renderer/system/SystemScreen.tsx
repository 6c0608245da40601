import type { SystemBridge, SystemSnapshot } from '#core/contracts/ipc.ts';
import { Foot } from './Foot.tsx';
import { Place } from './Place.tsx';
import { Cover } from './Cover.tsx';
import { Fault } from './Fault.tsx';
import { Idle } from './Idle.tsx';
import { PinScreen } from './PinScreen.tsx';
import { Refused } from './Refused.tsx';
import { Waiting } from './Waiting.tsx';

/** What every system screen is given. */
export interface SystemProps {
  readonly snapshot: SystemSnapshot;
  readonly call: SystemBridge['call'];
}

/** One of the system screens. None of them holds anything about a patient. */
export function SystemScreen({ snapshot, call }: SystemProps) {
  const { screen } = snapshot;
  switch (screen.kind) {
    case 'pin':
      return <PinScreen key={screen.attempt} snapshot={snapshot} call={call} screen={screen} />;
    case 'cover':
      return <Cover snapshot={snapshot} call={call} screen={screen} />;
    case 'idle':
    case 'identifying':
    case 'opening':
    case 'refused':
    case 'fault':
      return (
        <div className="system">
          <Place snapshot={snapshot} />
          <main className="systemMain">{middle({ snapshot, call })}</main>
          <Foot snapshot={snapshot} call={call} />
        </div>
      );
  }
}

function middle({ snapshot, call }: SystemProps) {
  const { screen } = snapshot;
  switch (screen.kind) {
    case 'identifying':
      return <Waiting kind="identifying" />;
    case 'opening':
      return <Waiting kind="opening" name={screen.person.displayName} />;
    case 'refused':
      return <Refused snapshot={snapshot} code={screen.code} untilMs={screen.untilMs} />;
    case 'fault':
      return <Fault code={screen.code} health={snapshot.health} call={call} />;
    case 'idle':
    case 'pin':
    case 'cover':
      return <Idle snapshot={snapshot} />;
  }
}

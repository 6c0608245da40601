import { Check, Delete, X } from 'lucide-react';
import { useEffect, useEffectEvent, useState } from 'react';
import type { SystemSnapshot } from '#core/contracts/ipc.ts';
import { useNow } from '#renderer/design/useNow.ts';
import { formatCountdown } from '#renderer/format/dateTime.ts';
import { initials } from '#renderer/format/name.ts';
import { useText } from '#renderer/i18n/text.tsx';
import { Foot } from './Foot.tsx';
import { pinKeyOf, submitsByItself, typePin, type PinKey } from './pinEntry.ts';
import { Place } from './Place.tsx';
import type { SystemProps } from './SystemScreen.tsx';

type Screen = Extract<SystemSnapshot['screen'], { kind: 'pin' }>;

/** The PIN pad: who the badge says one is, large keys in their usual places, and tries and waiting times in words. */
export function PinScreen({ snapshot, call, screen }: SystemProps & { screen: Screen }) {
  const t = useText();
  const nowMs = useNow(snapshot.nowMs, 1000);
  const waitMs = screen.retryAtMs === null ? 0 : screen.retryAtMs - nowMs;
  const blocked = screen.checking || waitMs > 0 || screen.error === 'pinLocked';
  const { attempt, pinLength, person } = screen;
  const [pin, setPin] = useState('');
  // The digits go when the answer to them comes, whatever it was.
  const [wasChecking, setWasChecking] = useState(screen.checking);
  if (wasChecking !== screen.checking) {
    setWasChecking(screen.checking);
    if (!screen.checking) setPin('');
  }
  const submit = (digits: string) => {
    if (!blocked && digits.length >= pinLength.min) void call.pinSubmit({ attempt, pin: digits });
  };
  const press = (key: PinKey) => {
    if (blocked) return;
    const next = typePin(pin, key, pinLength);
    setPin(next);
    if (key.type === 'digit' && submitsByItself(next, pinLength)) submit(next);
  };
  const cancel = () => void call.pinCancel({ attempt });
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    // Enter on a focused key presses that key; only elsewhere does it mean OK.
    if (event.key === 'Enter' && event.target instanceof HTMLButtonElement) return;
    const key = pinKeyOf(event.key);
    if (key === null) return;
    event.preventDefault();
    if (key === 'submit') submit(pin);
    else if (key === 'cancel') cancel();
    else press(key);
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKeyDown(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
  return (
    <div className="system">
      <Place snapshot={snapshot}>
        <div className="systemPerson">
          <span className="avatar" aria-hidden="true">
            {initials(person.displayName)}
          </span>
          <p className="systemPersonName">{person.displayName}</p>
          <p>{t(`role.${person.role}`)}</p>
          <p className="systemReason">{t(`system.pin.reason.${screen.reason}`)}</p>
          <button type="button" className="systemNotYou" onClick={cancel}>
            {t('system.pin.notYou')}
          </button>
        </div>
      </Place>
      <main className="systemMain pin">
        <h1>{t('system.pin.title')}</h1>
        <Dots count={pin.length} screen={screen} />
        <Message screen={screen} waitMs={waitMs} helpDesk={snapshot.terminal.helpDesk} />
        <Pad
          blocked={blocked}
          withOk={pinLength.min !== pinLength.max}
          canSubmit={pin.length >= pinLength.min}
          press={press}
          submit={() => submit(pin)}
        />
      </main>
      <Foot snapshot={snapshot} call={call} />
    </div>
  );
}

function Dots({ count, screen }: { count: number; screen: Screen }) {
  const t = useText();
  const { min, max } = screen.pinLength;
  const shown = Math.max(min, Math.min(max, count));
  const words =
    min === max
      ? t('system.pin.entered', { count, total: max })
      : t('system.pin.enteredOpen', { count });
  return (
    <div className="pinDots" data-wrong={screen.error === 'pinWrong' && count === 0}>
      <span className="visuallyHidden" role="status">
        {words}
      </span>
      {Array.from({ length: shown }, (_, index) => (
        <i key={index} data-on={index < count} aria-hidden="true" />
      ))}
    </div>
  );
}

const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

function Pad(props: {
  blocked: boolean;
  withOk: boolean;
  canSubmit: boolean;
  press: (key: PinKey) => void;
  submit: () => void;
}) {
  const t = useText();
  const { blocked, press } = props;
  const digit = (value: string) => (
    <button
      key={value}
      type="button"
      aria-disabled={blocked}
      onClick={() => press({ type: 'digit', digit: value })}
    >
      {value}
    </button>
  );
  return (
    <div className="pinPad" role="group" aria-label={t('system.pin.pad')} data-ok={props.withOk}>
      {digits.map(digit)}
      <button
        type="button"
        data-word
        aria-disabled={blocked}
        onClick={() => press({ type: 'clear' })}
      >
        <X size={30} aria-hidden="true" />
        {t('system.pin.clear')}
      </button>
      {digit('0')}
      <button
        type="button"
        data-word
        aria-disabled={blocked}
        onClick={() => press({ type: 'back' })}
      >
        <Delete size={30} aria-hidden="true" />
        {t('system.pin.back')}
      </button>
      {props.withOk ? (
        <button
          type="button"
          data-submit
          aria-disabled={blocked || !props.canSubmit}
          onClick={props.submit}
        >
          <Check size={30} aria-hidden="true" />
          {t('system.pin.ok')}
        </button>
      ) : null}
    </div>
  );
}

function Message(props: { screen: Screen; waitMs: number; helpDesk: string }) {
  const t = useText();
  const { screen, waitMs, helpDesk } = props;
  const { min, max } = screen.pinLength;
  return (
    <div className="pinMessage">
      <p role="alert" data-error>
        {screen.error === null || screen.checking
          ? null
          : t(`system.pin.${screen.error}`, { phone: helpDesk })}
      </p>
      {waitMs > 0 ? (
        <p className="pinWait">{t('system.pin.wait', { time: formatCountdown(waitMs) })}</p>
      ) : (
        <p role="status">
          {screen.checking
            ? t('system.pin.checking')
            : min === max
              ? t('system.pin.typing')
              : t('system.pin.typingOk', { min, max })}{' '}
          {screen.triesLeft === null || screen.checking || screen.error === 'pinLocked'
            ? null
            : t('system.pin.triesLeft', { count: screen.triesLeft })}
        </p>
      )}
    </div>
  );
}

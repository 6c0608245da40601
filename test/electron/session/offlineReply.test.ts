import { expect, it } from 'vitest';
import { judgeOfflineReply } from '#electron/session/offlineSession.ts';

it('what the record server says of an offline login ends the session, and the slot only of who was shut out', () => {
  const verdictOf = (over: 'sessionEnded' | 'personDisabled' | 'badgeRevoked' | null) =>
    judgeOfflineReply({ status: 'registered', over });
  expect(verdictOf(null)).toEqual({ endSession: false, dropSlot: false });
  expect(verdictOf('sessionEnded')).toEqual({ endSession: true, dropSlot: false });
  expect(verdictOf('personDisabled')).toEqual({ endSession: true, dropSlot: true });
  expect(judgeOfflineReply({ status: 'refused', code: 'pinWrong' })).toEqual({
    endSession: true,
    dropSlot: true,
  });
});

import { describe, expect, it } from 'vitest';
import { decide, decideLogin, type AccessRequest } from '#core/access/decide.ts';

const request: AccessRequest = {
  person: { personId: 'n', role: 'nurse', wardIds: ['ash', 'fir'], atWardId: 'ash' },
  purposeOfUse: 'TREAT',
  action: 'read',
  patient: { patientId: 'p', wardIds: ['ash'], related: false },
};
const elsewhere = { patientId: 'p', wardIds: ['elm'], related: false };

describe('access', () => {
  it('is given on the ward and to the care team, for reading and writing', () => {
    expect(decide(request)).toEqual({ permit: true, basis: 'ward' });
    expect(decide({ ...request, action: 'write' })).toEqual({ permit: true, basis: 'ward' });
    const roamer = { ...request.person, wardIds: [] };
    expect(decide({ ...request, person: roamer })).toEqual({ permit: true, basis: 'ward' });
    const related = { ...elsewhere, related: true };
    expect(decide({ ...request, patient: related })).toEqual({ permit: true, basis: 'careTeam' });
  });

  it('on another ward of hers says that it was not by the ward where she stands', () => {
    const there = { ...elsewhere, wardIds: ['elm', 'fir'] };
    expect(decide({ ...request, patient: there })).toEqual({ permit: true, basis: 'shift' });
    const both = { ...there, wardIds: ['fir', 'ash'] };
    expect(decide({ ...request, patient: both })).toEqual({ permit: true, basis: 'ward' });
  });

  it('is refused without a relationship, also for a patient who lies nowhere', () => {
    const refusal = { permit: false, reason: 'noRelationship' };
    expect(decide({ ...request, patient: elsewhere })).toEqual(refusal);
    expect(decide({ ...request, patient: { ...elsewhere, wardIds: [] } })).toEqual(refusal);
    const nowhere = { ...request.person, wardIds: [], atWardId: 'oak' };
    expect(decide({ ...request, person: nowhere })).toEqual(refusal);
  });

  it('is refused to roles that treat nobody and for purposes that have no rule yet', () => {
    for (const role of ['officer', 'other', 'paramedic'] as const) {
      const person = { ...request.person, role };
      expect(decide({ ...request, person })).toEqual({ permit: false, reason: 'role' });
    }
    for (const purposeOfUse of ['BTG', 'ETREAT', 'HOPERAT'] as const) {
      expect(decide({ ...request, purposeOfUse })).toEqual({ permit: false, reason: 'purpose' });
    }
  });

  it('lets staff read the hospital’s own records, not change them', () => {
    expect(decide({ ...request, patient: null })).toEqual({ permit: true, basis: 'directory' });
    expect(decide({ ...request, patient: null, action: 'write' })).toEqual({
      permit: false,
      reason: 'notAdministrator',
    });
  });

  it('lets only those in who treat patients', () => {
    const roles = ['nurse', 'physician', 'technologist', 'paramedic', 'officer', 'other'] as const;
    const admitted = roles.filter((role) => decideLogin({ personId: 'n', role }).permit);
    expect(admitted).toEqual(['nurse', 'physician', 'technologist']);
  });
});

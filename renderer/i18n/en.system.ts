/** English of the system view: idle, PIN, refusals, cover, fault. */
export const enSystem = {
  'system.shared': '{place} · shared terminal',
  'system.noPatientData': 'This screen shows no patient information.',
  'system.idle.title': 'Tap your badge',
  'system.idle.hint':
    'Hold it on the reader below the screen. Your unfinished work is kept. Lock when you leave.',
  'system.offline.title': 'Working without the record server',
  'system.offline.hint':
    'If you have used this terminal in this shift, tap as usual. What you write is sent later.',
  'system.identifying.title': 'Reading your badge',
  'system.identifying.hint': 'Keep it on the reader for a moment.',
  'system.opening.title': 'Opening your workspace',
  'system.helpDesk': 'Help desk {phone}',
  'system.terminal': 'Terminal {name}',
  'system.state': 'State of this terminal',
  'system.settings': 'Language and colours',

  'system.emergency': 'Emergency access',
  'system.emergency.who': 'For paramedics and visiting clinicians',
  'system.emergency.title': 'Emergency access is not available on this terminal yet',
  'system.emergency.body':
    'You cannot open a record here without a badge that this hospital knows. To see a record now:',
  'system.emergency.step1': 'Ask the nurse in charge of {ward} to open it with you.',
  'system.emergency.step2':
    'If nobody is near, call the help desk: {phone}. Say “emergency access”.',
  'system.emergency.step3': 'Do not wait for a record if the patient is in danger.',

  'system.health.reader.ready': 'Badge reader ready',
  'system.health.reader.starting': 'Badge reader starting',
  'system.health.reader.noReader': 'No badge reader',
  'system.health.reader.serviceDown': 'Badge reader not responding',
  'system.health.server.connected': 'Record server connected',
  'system.health.server.connecting': 'Connecting to the record server',
  'system.health.server.unreachable': 'Record server not reachable',
  'system.health.server.untrusted': 'Record server not trusted',
  'system.health.server.refused': 'Record server refuses this terminal',
  'system.health.storage.ok': 'Storage in order',
  'system.health.storage.diskFull': 'Disk full',
  'system.health.storage.readOnly': 'Disk cannot be written',
  'system.health.storage.spoolDamaged': 'Access log damaged',
  'system.health.storage.cacheRebuilt': 'Records are being loaded again',
  'system.health.storage.serverBehind':
    'Record server lacks a part of the access log: call the help desk',
  'system.health.storage.rollback': 'Storage is older than it should be',
  'system.health.clock.ok': 'Clock in order',
  'system.health.clock.jumped': 'Clock has jumped',

  'system.fault.noReader.title': 'No badge reader',
  'system.fault.noReader.cure':
    'Check that the reader’s cable is plugged in. This screen changes by itself when it is back.',
  'system.fault.serviceDown.title': 'The badge reader does not respond',
  'system.fault.serviceDown.cure':
    'Unplug the reader, wait 5 seconds, plug it in again. If it stays, use another terminal.',
  'system.fault.diskFull.title': 'The disk of this terminal is full',
  'system.fault.diskFull.cure':
    'Nobody can sign in here until there is room: every view must be logged. Use another terminal and call the help desk.',
  'system.fault.readOnly.title': 'This terminal cannot write to its disk',
  'system.fault.readOnly.cure':
    'Nobody can sign in here: every view must be logged. Use another terminal and call the help desk.',
  'system.fault.spoolDamaged.title': 'The access log of this terminal is damaged',
  'system.fault.spoolDamaged.cure':
    'Nobody can sign in here until it was looked at. Nothing is deleted. Use another terminal and call the help desk.',
  'system.fault.rollback.title': 'The storage of this terminal is older than it should be',
  'system.fault.rollback.cure':
    'Somebody may have put back an old copy. Use another terminal and call the help desk.',
  'system.fault.clock.title': 'The clock of this terminal has jumped',
  'system.fault.clock.cure':
    'Times would be wrong in the record. Use another terminal and call the help desk.',
  'system.fault.untrusted.title': 'This terminal does not trust the record server',
  'system.fault.untrusted.cure':
    'Its certificate is not the expected one. Tap only works for people who were here in this shift. Call the help desk.',
  'system.fault.refused.title': 'The record server refuses this terminal',
  'system.fault.refused.cure':
    'Its enrolment has ended or was withdrawn. Use another terminal and call the help desk.',
  'system.fault.acknowledge': 'Try again',

  'system.pin.title': 'Enter your PIN',
  'system.pin.pad': 'Number pad',
  'system.pin.clear': 'Clear',
  'system.pin.back': 'Back',
  'system.pin.ok': 'OK',
  'system.pin.notYou': 'Not you? Cancel',
  'system.pin.entered': '{count} of {total} digits entered',
  'system.pin.enteredOpen': '{count, plural, one {# digit entered} other {# digits entered}}',
  'system.pin.typing': 'You can also type it.',
  'system.pin.typingOk': 'You can also type it and press Enter. {min} to {max} digits.',
  'system.pin.triesLeft': '{count, plural, one {# try left.} other {# tries left.}}',
  'system.pin.checking': 'Checking…',
  'system.pin.reason.newShift': 'First sign-in of this shift. After this, a tap is enough.',
  'system.pin.reason.newTerminal': 'First time on this terminal in this shift.',
  'system.pin.reason.graceEnded': 'Your last tap here was a while ago.',
  'system.pin.reason.offline': 'The record server is not reachable, so your PIN is checked here.',
  'system.pin.pinWrong': 'Wrong PIN. Try again.',
  'system.pin.pinLocked': 'Your PIN is locked. Call the help desk: {phone}.',
  'system.pin.pinThrottled': 'Too many wrong tries. Wait before the next one.',
  'system.pin.wait': 'Next try in {time}',

  'system.refused.badgeUnknown.title': 'This badge is not known here',
  'system.refused.badgeUnknown.cure':
    'Check that it is your hospital badge. A new badge must be registered first: call the help desk.',
  'system.refused.badgeRevoked.title': 'This badge was withdrawn',
  'system.refused.badgeRevoked.cure':
    'Use your new badge. If you have none, go to the badge office or call the help desk.',
  'system.refused.badgeUnreadable.title': 'The badge could not be read',
  'system.refused.badgeUnreadable.cure':
    'Hold it flat and still on the reader for a second, away from other cards, and try again.',
  'system.refused.personDisabled.title': 'Your account is switched off',
  'system.refused.personDisabled.cure': 'Speak to your manager, or call the help desk.',
  'system.refused.trustDowngraded.title': 'This badge did not prove that it is genuine',
  'system.refused.trustDowngraded.cure':
    'Try again. If it stays, do not use this badge: it may be a copy. It was reported; call the help desk.',
  'system.refused.roleRefused.title': 'Your role opens no records here',
  'system.refused.roleRefused.cure':
    'This terminal is for those who treat the patients of this ward. If you do, ask your manager to have your role corrected, or call the help desk.',
  'system.refused.twoBadges.title': 'Two badges at once',
  'system.refused.twoBadges.cure': 'Take both away, then tap only your own.',
  'system.refused.leaseExpired.title': 'Offline time has ended',
  'system.refused.leaseExpired.cure':
    'This terminal has been without the record server for too long. Use another terminal, or wait until it is back.',
  'system.refused.shiftEnded.title': 'Your shift has ended',
  'system.refused.shiftEnded.cure':
    'Your work is saved. If you are still on duty, tap your badge and enter your PIN.',
  'system.refused.notEnrolledHere.title': 'This terminal is not set up',
  'system.refused.notEnrolledHere.cure':
    'It must be enrolled before anyone can sign in. Call the help desk.',
  'system.refused.terminalRevoked.title': 'This terminal was shut out',
  'system.refused.terminalRevoked.cure':
    'The record server serves it no more, and nobody can sign in here. Use another terminal and call the help desk.',
  'system.refused.offlineFirstLogin.title': 'You have not used this terminal yet',
  'system.refused.offlineFirstLogin.cure':
    'The first sign-in needs the record server, which is not reachable. Use a terminal you have used in this shift.',
  'system.refused.serverUntrusted.title': 'This terminal does not trust the record server',
  'system.refused.serverUntrusted.cure':
    'Its certificate is not the expected one, so you cannot sign in. Use another terminal and call the help desk.',
  'system.refused.pinLocked.title': 'Your PIN is locked',
  'system.refused.pinLocked.cure':
    'Too many wrong tries. One more is possible half an hour after the last. If they were not yours, call the help desk.',
  'system.refused.tooMany.title': 'Too many tries on this terminal',
  'system.refused.tooMany.cure': 'Wait a minute, then tap again. Or use another terminal.',
  'system.refused.clockJumped.title': 'The clock of this terminal has jumped',
  'system.refused.clockJumped.cure':
    'Times would be wrong in the record. Use another terminal and call the help desk.',
  'system.refused.storageFault.title': 'This terminal cannot store what it must',
  'system.refused.storageFault.cure':
    'A view that cannot be logged is not allowed. Use another terminal and call the help desk.',
  'system.refused.cacheDamaged.title': 'The records on this terminal were damaged',
  'system.refused.cacheDamaged.cure':
    'They are loaded again from the record server; nothing is lost. Try again in a minute.',
  'system.refused.processLost.title': 'A part of this terminal stopped',
  'system.refused.processLost.cure':
    'Your session was closed; what you saved is kept. Tap again. If it stays, use another terminal and call the help desk.',
  'system.refused.internal.title': 'Something went wrong here',
  'system.refused.internal.cure':
    'Tap again. If it stays, use another terminal and call the help desk.',
  'system.refused.back': 'Back to the start in {count} s',

  'system.cover.title': 'Covered',
  'system.cover.session': 'Session of {name}',
  'system.cover.countdown': 'Locks in {time}',
  'system.cover.input': 'Touch the screen or press any key to go on.',
  'system.cover.badge': 'Tap your own badge to go on. Anyone else can tap to sign in.',
  'system.cover.continue': 'Go on',
} as const;

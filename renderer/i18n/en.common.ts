/** English that every screen shares. */
export const enCommon = {
  'common.close': 'Close',
  'common.cancel': 'Cancel',
  'common.tryAgain': 'Try again',
  'common.notKnown': 'Not known',
  'common.language.en': 'English',
  'common.language.fr': 'Français',
  'common.theme.light': 'Light colours',
  'common.theme.dark': 'Dark colours',
  'common.panelFailed': 'This part could not be shown. The rest of the screen still works.',

  'role.nurse': 'Registered nurse',
  'role.physician': 'Physician',
  'role.technologist': 'Technologist',
  'role.paramedic': 'Paramedic',
  'role.officer': 'Privacy officer',
  'role.other': 'Staff',

  'callRefusal.noSession': 'Your session has ended. Tap your badge again.',
  'callRefusal.denied': 'You have no access to this. The attempt is recorded.',
  'callRefusal.notFound': 'This is no longer in the record.',
  'callRefusal.gone':
    'This record was deleted or joined with another one. Search for the patient again.',
  'callRefusal.invalid': 'Something in this form is not valid. Check the marked values.',
  'callRefusal.implausible': 'A value is outside what is possible. Check it and try again.',
  'callRefusal.offline': 'The record server cannot be reached. Try again when it is back.',
  'callRefusal.diskFull':
    'The disk of this terminal is full. Use another terminal and call the help desk.',
  'callRefusal.diskReadOnly':
    'This terminal cannot write to its disk. Use another terminal and call the help desk.',
  'callRefusal.vaultLost': 'The record store of this session stopped. Tap your badge again.',
  'callRefusal.conflictGone': 'Somebody has settled this conflict already.',
  'callRefusal.tooMany': 'Too many requests at once. Wait a moment and try again.',
  'callRefusal.notPrinted': 'No printer took it, or it was cancelled.',
  'callRefusal.tooShort':
    'Type at least 2 letters of a name, a record number, or a birth date (YYYY-MM-DD).',
  'callRefusal.internal': 'Something went wrong here. Try again; if it stays, call the help desk.',

  'shell.screens': 'Screens',
  'shell.board': 'Ward board',
  'shell.search': 'Find patient',
  'shell.status': 'My session',
  'shell.lock': 'Lock',
  'shell.terminal': 'Terminal {name}',
  'shell.badgeOnly': 'badge + PIN',
  'shell.signedIn': 'Signed in as {name}',
  'shell.fresh': 'Up to date {time}',
  'shell.stale': 'Not up to date since {time}',
  'shell.offline': 'Offline since {time}',
  'shell.neverSynced': 'No records on this terminal yet',
  'shell.filling': 'Loading the ward’s records',
  'shell.fillingCount': '{done} of {total}',
  'shell.unsent':
    '{count, plural, one {# entry waits to be sent} other {# entries wait to be sent}}',
  'shell.conflicts':
    '{count, plural, one {# entry on this ward conflicts with the record} other {# entries on this ward conflict with the record}}',
  'shell.conflicts.open': 'Compare',
  'shell.rejections': 'Something you charted was not accepted. It is not in the record.',
  'shell.rejections.open': 'Look at it',
  'shell.malformed':
    '{count, plural, one {# entry of this ward could not be read and is not shown} other {# entries of this ward could not be read and are not shown}}. Check before you rely on what is missing, and tell the help desk.',
  'shell.staleBanner':
    'What you see is from {time}. Newer values may exist. Check the patient before you act on it.',
  'shell.dismiss': 'Dismiss',
  'notice.tapAgainToLock': 'Your badge is still you. Tap again within 2 seconds to lock.',
  'notice.holdToLock': 'Your badge is still you. Hold it on the reader to lock.',
  'notice.useLockKey': 'Your badge is still you. Press Lock to leave.',
  'notice.readerLost': 'The badge reader is gone. Press Lock when you leave.',
  'notice.readerBack': 'The badge reader is back.',
  'notice.serverLost':
    'The record server cannot be reached. You can go on; entries are sent later.',
  'notice.serverBack': 'The record server is back. Your entries are being sent.',
  'notice.leaseEndsSoon':
    'This terminal has been without the record server for long. It locks in a few minutes unless the server is back; finish what you are writing.',
  'notice.shiftEndsSoon':
    'Your shift ends. This terminal locks in a few minutes; tap and enter your PIN to go on after that.',
  'notice.diskFull': 'The disk is full. New entries cannot be kept here. Use another terminal.',
  'notice.cacheRebuilt':
    'The records on this terminal were damaged. They are loaded again from the record server; nothing is lost.',
  'notice.cacheRolledBack':
    'Somebody put back an old copy of this terminal’s records. It was thrown away and reported; they are loaded again.',
  'notice.clockJumped':
    'The clock of this terminal has jumped. Check every time you chart, or use another terminal.',
} as const;

import type { enSystem } from './en.system.ts';

/** French (Canada) of the system view: accueil, NIP, refus, écran de confidentialité, panne. */
export const frSystem: Record<keyof typeof enSystem, string> = {
  'system.shared': '{place} · poste partagé',
  'system.noPatientData': 'Cet écran ne montre aucun renseignement sur les patients.',
  'system.idle.title': 'Présentez votre carte',
  'system.idle.hint':
    'Tenez-la sur le lecteur sous l’écran. Votre travail inachevé est gardé. Verrouillez en partant.',
  'system.offline.title': 'Sans le serveur des dossiers',
  'system.offline.hint':
    'Si vous avez utilisé ce poste durant ce quart, présentez votre carte comme d’habitude. Vos saisies seront envoyées plus tard.',
  'system.identifying.title': 'Lecture de votre carte',
  'system.identifying.hint': 'Laissez-la un instant sur le lecteur.',
  'system.opening.title': 'Ouverture de votre espace de travail',
  'system.helpDesk': 'Centre d’assistance {phone}',
  'system.terminal': 'Poste {name}',
  'system.state': 'État de ce poste',
  'system.settings': 'Langue et couleurs',

  'system.emergency': 'Accès d’urgence',
  'system.emergency.who': 'Pour les paramédics et les cliniciens de passage',
  'system.emergency.title': 'L’accès d’urgence n’est pas encore offert sur ce poste',
  'system.emergency.body':
    'Aucun dossier ne peut être ouvert ici sans une carte connue de l’hôpital. Pour voir un dossier maintenant :',
  'system.emergency.step1':
    'Demandez à la personne responsable de l’unité {ward} de l’ouvrir avec vous.',
  'system.emergency.step2':
    'S’il n’y a personne, appelez le centre d’assistance : {phone}. Dites « accès d’urgence ».',
  'system.emergency.step3': 'N’attendez pas un dossier si le patient est en danger.',

  'system.health.reader.ready': 'Lecteur de cartes prêt',
  'system.health.reader.starting': 'Démarrage du lecteur de cartes',
  'system.health.reader.noReader': 'Aucun lecteur de cartes',
  'system.health.reader.serviceDown': 'Lecteur de cartes sans réponse',
  'system.health.server.connected': 'Serveur des dossiers connecté',
  'system.health.server.connecting': 'Connexion au serveur des dossiers',
  'system.health.server.unreachable': 'Serveur des dossiers injoignable',
  'system.health.server.untrusted': 'Serveur des dossiers non fiable',
  'system.health.server.refused': 'Poste refusé par le serveur des dossiers',
  'system.health.storage.ok': 'Stockage en ordre',
  'system.health.storage.diskFull': 'Disque plein',
  'system.health.storage.readOnly': 'Écriture impossible sur le disque',
  'system.health.storage.spoolDamaged': 'Journal des accès endommagé',
  'system.health.storage.cacheRebuilt': 'Rechargement des dossiers',
  'system.health.storage.serverBehind':
    'Il manque au serveur une partie du journal des accès : appeler le soutien',
  'system.health.storage.rollback': 'Stockage plus ancien que prévu',
  'system.health.clock.ok': 'Horloge en ordre',
  'system.health.clock.jumped': 'Saut de l’horloge',

  'system.fault.noReader.title': 'Aucun lecteur de cartes',
  'system.fault.noReader.cure':
    'Vérifiez que le câble du lecteur est branché. Cet écran change de lui-même à son retour.',
  'system.fault.serviceDown.title': 'Le lecteur de cartes ne répond pas',
  'system.fault.serviceDown.cure':
    'Débranchez le lecteur, attendez 5 secondes et rebranchez-le. Si le problème persiste, utilisez un autre poste.',
  'system.fault.diskFull.title': 'Le disque de ce poste est plein',
  'system.fault.diskFull.cure':
    'Personne ne peut ouvrir de session ici tant qu’il manque de place : chaque consultation doit être consignée. Utilisez un autre poste et appelez le centre d’assistance.',
  'system.fault.readOnly.title': 'Ce poste ne peut pas écrire sur son disque',
  'system.fault.readOnly.cure':
    'Personne ne peut ouvrir de session ici : chaque consultation doit être consignée. Utilisez un autre poste et appelez le centre d’assistance.',
  'system.fault.spoolDamaged.title': 'Le journal des accès de ce poste est endommagé',
  'system.fault.spoolDamaged.cure':
    'Personne ne peut ouvrir de session ici avant une vérification. Rien n’est effacé. Utilisez un autre poste et appelez le centre d’assistance.',
  'system.fault.rollback.title': 'Le stockage de ce poste est plus ancien que prévu',
  'system.fault.rollback.cure':
    'Une ancienne copie a peut-être été remise en place. Utilisez un autre poste et appelez le centre d’assistance.',
  'system.fault.clock.title': 'L’horloge de ce poste a sauté',
  'system.fault.clock.cure':
    'Les heures seraient fausses au dossier. Utilisez un autre poste et appelez le centre d’assistance.',
  'system.fault.untrusted.title': 'Ce poste ne fait pas confiance au serveur des dossiers',
  'system.fault.untrusted.cure':
    'Son certificat n’est pas celui attendu. La carte ne suffit que pour les personnes déjà venues durant ce quart. Appelez le centre d’assistance.',
  'system.fault.refused.title': 'Le serveur des dossiers refuse ce poste',
  'system.fault.refused.cure':
    'Son inscription a pris fin ou a été retirée. Utilisez un autre poste et appelez le centre d’assistance.',
  'system.fault.acknowledge': 'Réessayer',

  'system.pin.title': 'Entrez votre NIP',
  'system.pin.pad': 'Pavé numérique',
  'system.pin.clear': 'Effacer',
  'system.pin.back': 'Retour',
  'system.pin.ok': 'OK',
  'system.pin.notYou': 'Pas vous? Annuler',
  'system.pin.entered': '{count} chiffres entrés sur {total}',
  'system.pin.enteredOpen': '{count, plural, one {# chiffre entré} other {# chiffres entrés}}',
  'system.pin.typing': 'Vous pouvez aussi le taper.',
  'system.pin.typingOk': 'Vous pouvez aussi le taper, puis Entrée. De {min} à {max} chiffres.',
  'system.pin.triesLeft': '{count, plural, one {Il reste # essai.} other {Il reste # essais.}}',
  'system.pin.checking': 'Vérification…',
  'system.pin.reason.newShift':
    'Première ouverture de session de ce quart. Ensuite, la carte suffira.',
  'system.pin.reason.newTerminal': 'Première fois sur ce poste durant ce quart.',
  'system.pin.reason.graceEnded': 'Votre dernier passage ici remonte à un moment.',
  'system.pin.reason.offline':
    'Le serveur des dossiers est injoignable : votre NIP est vérifié sur ce poste.',
  'system.pin.pinWrong': 'NIP erroné. Réessayez.',
  'system.pin.pinLocked': 'Votre NIP est verrouillé. Appelez le centre d’assistance : {phone}.',
  'system.pin.pinThrottled': 'Trop d’essais erronés. Attendez avant le prochain.',
  'system.pin.wait': 'Prochain essai dans {time}',

  'system.refused.badgeUnknown.title': 'Cette carte n’est pas connue ici',
  'system.refused.badgeUnknown.cure':
    'Vérifiez qu’il s’agit de votre carte de l’hôpital. Une nouvelle carte doit d’abord être inscrite : appelez le centre d’assistance.',
  'system.refused.badgeRevoked.title': 'Cette carte a été retirée',
  'system.refused.badgeRevoked.cure':
    'Utilisez votre nouvelle carte. Si vous n’en avez pas, allez au bureau des cartes ou appelez le centre d’assistance.',
  'system.refused.badgeUnreadable.title': 'La carte n’a pas pu être lue',
  'system.refused.badgeUnreadable.cure':
    'Tenez-la à plat et immobile sur le lecteur pendant une seconde, loin des autres cartes, et réessayez.',
  'system.refused.personDisabled.title': 'Votre compte est désactivé',
  'system.refused.personDisabled.cure':
    'Parlez à votre gestionnaire ou appelez le centre d’assistance.',
  'system.refused.trustDowngraded.title': 'Cette carte n’a pas prouvé son authenticité',
  'system.refused.trustDowngraded.cure':
    'Réessayez. Si cela persiste, n’utilisez plus cette carte : ce peut être une copie. C’est signalé; appelez le centre d’assistance.',
  'system.refused.roleRefused.title': 'Votre rôle ne donne accès à aucun dossier ici',
  'system.refused.roleRefused.cure':
    'Ce poste est réservé aux personnes qui soignent les patients de cette unité. Si c’est votre cas, demandez à votre gestionnaire de faire corriger votre rôle, ou appelez le soutien technique.',
  'system.refused.twoBadges.title': 'Deux cartes à la fois',
  'system.refused.twoBadges.cure': 'Retirez les deux, puis présentez seulement la vôtre.',
  'system.refused.leaseExpired.title': 'Le temps hors ligne est écoulé',
  'system.refused.leaseExpired.cure':
    'Ce poste est sans le serveur des dossiers depuis trop longtemps. Utilisez un autre poste ou attendez son retour.',
  'system.refused.shiftEnded.title': 'Votre quart est terminé',
  'system.refused.shiftEnded.cure':
    'Votre travail est enregistré. Si vous êtes encore en service, présentez votre carte et entrez votre NIP.',
  'system.refused.notEnrolledHere.title': 'Ce poste n’est pas configuré',
  'system.refused.notEnrolledHere.cure':
    'Il doit être inscrit avant toute ouverture de session. Appelez le centre d’assistance.',
  'system.refused.terminalRevoked.title': 'Ce poste a été exclu',
  'system.refused.terminalRevoked.cure':
    'Le serveur des dossiers ne le sert plus, et personne ne peut s’y identifier. Utilisez un autre poste et appelez le soutien technique.',
  'system.refused.offlineFirstLogin.title': 'Vous n’avez pas encore utilisé ce poste',
  'system.refused.offlineFirstLogin.cure':
    'La première ouverture de session exige le serveur des dossiers, qui est injoignable. Utilisez un poste où vous êtes déjà venu durant ce quart.',
  'system.refused.serverUntrusted.title': 'Ce poste ne fait pas confiance au serveur des dossiers',
  'system.refused.serverUntrusted.cure':
    'Son certificat n’est pas celui attendu; l’ouverture de session est impossible. Utilisez un autre poste et appelez le centre d’assistance.',
  'system.refused.pinLocked.title': 'Votre NIP est verrouillé',
  'system.refused.pinLocked.cure':
    'Trop d’essais erronés. Un autre est possible une demi-heure après le dernier. S’ils n’étaient pas de vous, appelez le centre d’assistance.',
  'system.refused.tooMany.title': 'Trop d’essais sur ce poste',
  'system.refused.tooMany.cure':
    'Attendez une minute, puis présentez votre carte de nouveau. Ou utilisez un autre poste.',
  'system.refused.clockJumped.title': 'L’horloge de ce poste a sauté',
  'system.refused.clockJumped.cure':
    'Les heures seraient fausses au dossier. Utilisez un autre poste et appelez le centre d’assistance.',
  'system.refused.storageFault.title': 'Ce poste ne peut pas stocker ce qu’il doit',
  'system.refused.storageFault.cure':
    'Une consultation qui ne peut être consignée n’est pas permise. Utilisez un autre poste et appelez le centre d’assistance.',
  'system.refused.cacheDamaged.title': 'Les dossiers de ce poste étaient endommagés',
  'system.refused.cacheDamaged.cure':
    'Ils sont rechargés du serveur des dossiers; rien n’est perdu. Réessayez dans une minute.',
  'system.refused.processLost.title': 'Une partie de ce poste s’est arrêtée',
  'system.refused.processLost.cure':
    'Votre session a été fermée; ce que vous avez enregistré est gardé. Présentez votre carte de nouveau. Si cela persiste, utilisez un autre poste et appelez le centre d’assistance.',
  'system.refused.internal.title': 'Un problème est survenu ici',
  'system.refused.internal.cure':
    'Présentez votre carte de nouveau. Si cela persiste, utilisez un autre poste et appelez le centre d’assistance.',
  'system.refused.back': 'Retour à l’accueil dans {count} s',

  'system.cover.title': 'Écran masqué',
  'system.cover.session': 'Session de {name}',
  'system.cover.countdown': 'Verrouillage dans {time}',
  'system.cover.input': 'Touchez l’écran ou appuyez sur une touche pour continuer.',
  'system.cover.badge':
    'Présentez votre propre carte pour continuer. Toute autre personne peut présenter la sienne.',
  'system.cover.continue': 'Continuer',
};

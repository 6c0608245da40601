import type { enCommon } from './en.common.ts';

/** French (Canada) that every screen shares. */
export const frCommon: Record<keyof typeof enCommon, string> = {
  'common.close': 'Fermer',
  'common.cancel': 'Annuler',
  'common.tryAgain': 'Réessayer',
  'common.notKnown': 'Inconnu',
  'common.language.en': 'English',
  'common.language.fr': 'Français',
  'common.theme.light': 'Couleurs claires',
  'common.theme.dark': 'Couleurs sombres',
  'common.panelFailed':
    'Cette partie ne peut pas être affichée. Le reste de l’écran fonctionne toujours.',

  'role.nurse': 'Personnel infirmier',
  'role.physician': 'Médecin',
  'role.technologist': 'Technologue',
  'role.paramedic': 'Paramédic',
  'role.officer': 'Protection de la vie privée',
  'role.other': 'Membre du personnel',

  'callRefusal.noSession': 'Votre session est terminée. Présentez votre carte de nouveau.',
  'callRefusal.denied': 'Vous n’avez pas accès à ceci. La tentative est consignée.',
  'callRefusal.notFound': 'Ceci n’est plus au dossier.',
  'callRefusal.gone':
    'Ce dossier a été supprimé ou réuni à un autre. Cherchez le patient de nouveau.',
  'callRefusal.invalid':
    'Un élément du formulaire n’est pas valide. Vérifiez les valeurs marquées.',
  'callRefusal.implausible': 'Une valeur est hors du possible. Vérifiez-la et réessayez.',
  'callRefusal.offline': 'Le serveur des dossiers est injoignable. Réessayez à son retour.',
  'callRefusal.diskFull':
    'Le disque de ce poste est plein. Utilisez un autre poste et appelez le centre d’assistance.',
  'callRefusal.diskReadOnly':
    'Ce poste ne peut pas écrire sur son disque. Utilisez un autre poste et appelez le centre d’assistance.',
  'callRefusal.vaultLost':
    'Les dossiers de cette session se sont fermés. Présentez votre carte de nouveau.',
  'callRefusal.conflictGone': 'Quelqu’un a déjà réglé ce conflit.',
  'callRefusal.tooMany': 'Trop de demandes à la fois. Attendez un moment et réessayez.',
  'callRefusal.notPrinted': 'Aucune imprimante ne l’a pris, ou l’impression a été annulée.',
  'callRefusal.tooShort':
    'Saisissez au moins 2 lettres d’un nom, un numéro de dossier ou une date de naissance (AAAA-MM-JJ).',
  'callRefusal.internal':
    'Un problème est survenu. Réessayez; s’il persiste, appelez le centre d’assistance.',

  'shell.screens': 'Écrans',
  'shell.board': 'Tableau de l’unité',
  'shell.search': 'Trouver un patient',
  'shell.status': 'Ma session',
  'shell.lock': 'Verrouiller',
  'shell.terminal': 'Poste {name}',
  'shell.badgeOnly': 'carte + NIP',
  'shell.signedIn': 'Session de {name}',
  'shell.fresh': 'À jour à {time}',
  'shell.stale': 'Pas à jour depuis {time}',
  'shell.offline': 'Hors ligne depuis {time}',
  'shell.neverSynced': 'Aucun dossier sur ce poste pour l’instant',
  'shell.filling': 'Chargement des dossiers de l’unité',
  'shell.fillingCount': '{done} sur {total}',
  'shell.unsent':
    '{count, plural, one {# saisie en attente d’envoi} other {# saisies en attente d’envoi}}',
  'shell.conflicts':
    '{count, plural, one {# saisie de cette unité est en conflit avec le dossier} other {# saisies de cette unité sont en conflit avec le dossier}}',
  'shell.conflicts.open': 'Comparer',
  'shell.rejections': 'Une de vos saisies n’a pas été acceptée. Elle n’est pas au dossier.',
  'shell.rejections.open': 'Voir la saisie',
  'shell.malformed':
    '{count, plural, one {# donnée de cette unité n’a pas pu être lue et n’est pas affichée} other {# données de cette unité n’ont pas pu être lues et ne sont pas affichées}}. Vérifiez avant de vous fier à ce qui manque, et prévenez le soutien.',
  'shell.staleBanner':
    'Les données affichées datent de {time}. Il peut y en avoir de plus récentes. Vérifiez auprès du patient avant d’agir.',
  'shell.dismiss': 'Masquer',
  'notice.tapAgainToLock':
    'C’est toujours votre carte. Présentez-la encore dans les 2 secondes pour verrouiller.',
  'notice.holdToLock': 'C’est toujours votre carte. Laissez-la sur le lecteur pour verrouiller.',
  'notice.useLockKey': 'C’est toujours votre carte. Appuyez sur Verrouiller pour quitter.',
  'notice.readerLost': 'Le lecteur de cartes ne répond plus. Appuyez sur Verrouiller en partant.',
  'notice.readerBack': 'Le lecteur de cartes est de retour.',
  'notice.serverLost':
    'Le serveur des dossiers est injoignable. Vous pouvez continuer; les saisies seront envoyées plus tard.',
  'notice.serverBack': 'Le serveur des dossiers est de retour. Vos saisies sont en cours d’envoi.',
  'notice.leaseEndsSoon':
    'Ce poste est sans serveur des dossiers depuis longtemps. Il se verrouille dans quelques minutes si le serveur ne revient pas; terminez votre saisie.',
  'notice.shiftEndsSoon':
    'Votre quart se termine. Ce poste se verrouille dans quelques minutes; pour continuer ensuite, présentez votre carte et entrez votre NIP.',
  'notice.diskFull':
    'Le disque est plein. Ce poste ne peut plus garder de saisies. Utilisez un autre poste.',
  'notice.cacheRebuilt':
    'Les dossiers de ce poste étaient endommagés. Ils sont rechargés depuis le serveur; rien n’est perdu.',
  'notice.cacheRolledBack':
    'Quelqu’un a remis une ancienne copie des dossiers de ce poste. Elle a été écartée et signalée; ils sont rechargés.',
  'notice.clockJumped':
    'L’horloge de ce poste a sauté. Vérifiez chaque heure que vous saisissez, ou utilisez un autre poste.',
};

// The words of the dialog that encrypts an invitation: apart from the others, because they are loaded with it.

import { type KeyFault, RECIPIENTS_MAX } from '../invitation/model';

/** What an invitation says. `when` and `message` are the host's own words, or empty. */
export interface InvitationWish {
  title: string;
  when: string;
  message: string;
  link: string;
  password: string | null;
}

export const text = {
  lead: 'For people who have a public key. It is encrypted here, in your browser: only they can read it, so that you can send it any way you like.',

  keys: 'Public key',
  keysHelp: `OpenPGP or age. You can paste up to ${RECIPIENTS_MAX} of them, one after the other.`,
  file: 'Choose a file',

  readers: (count: number) =>
    count === 1 ? 'Only this person will be able to read it' : 'Only these people will be able to read it',
  unnamed: 'Key without a name',
  age: 'age key',
  compare:
    'Anybody can make a key with any name on it. Ask each person, by telephone for example, whether this is theirs.',
  together: 'Each of them can see for how many it was encrypted, and with which keys.',
  ageUnsigned:
    'age does not sign: nobody can tell from the text that it comes from you. The meeting itself is protected all the same, because the link inside names your host key. Where the sender matters, use OpenPGP.',

  when: 'When',
  whenHelp: 'For example: Thursday, 26 November, 19:00',
  message: 'A few words',
  preview: 'Read what will be encrypted',

  encrypt: 'Encrypt',
  encrypting: 'Encrypting…',

  done: (names: readonly string[]) =>
    names.length > 3 ? `Encrypted for ${names.length} people` : `Encrypted for: ${names.join(', ')}`,
  doneLead: 'Send this text by e-mail or in any other way, whole, from the first line to the last.',
  result: 'Encrypted invitation',
  copy: 'Copy text',
  download: 'Download as a file',
  another: 'Encrypt another',
  close: 'Close',

  signing: 'Your own key',
  signingLead:
    'It signs your invitations, so that people can tell that they come from you. Send it to them once, and let them compare the fingerprint with you by telephone. It is the same in all your browsers, and this server does not have it.',
  fingerprint: 'Fingerprint',
  downloadKey: 'Download my public key',

  fault: {
    too_large: 'This is too long to be a public key. Ask for the public key alone.',
    not_a_key:
      'There is no public key in this. Paste the whole text that begins with “-----BEGIN PGP PUBLIC KEY BLOCK-----”, or the line that begins with “age1”.',
    secret_key:
      'This is a secret key. It was taken out of this page, and nothing was sent. You need the public key. Nobody should ever have another person’s secret key: if somebody sent it to you, tell them to make a new one.',
    mixed: 'OpenPGP and age do not go together. Encrypt for the one first, then for the other.',
    too_many: `These are more than ${RECIPIENTS_MAX} keys. Encrypt for some of them first, then for the others.`,
    damaged:
      'A public key in this cannot be read: perhaps a part of it is missing. Copy it again, or ask for it as a file.',
    expired: 'The key of %s has expired. Ask for the present one.',
    revoked: 'The key of %s was withdrawn by its owner. Ask for the present one.',
    not_yet_valid:
      'The key of %s begins in the future. Check the date and time of this device; if they are right, ask for another key.',
    cannot_encrypt: 'The key of %s is made for signatures only. Ask for one that can be used for encryption.',
    weak: 'The key of %s is too weak: others could open what is encrypted for it. Ask for a new one.',
  } satisfies Record<KeyFault, string>,
} as const;

/** `whose`: for a fault of one key. */
export function faultText(fault: KeyFault, whose: string | null): string {
  // A function, because the name may have `$` in it.
  return text.fault[fault].replace('%s', () => whose ?? '');
}

/** The text that is encrypted. It is made for people: no program reads it. */
export function invitationText({ title, when, message, link, password }: InvitationWish): string {
  const parts = [
    title ? `You are invited to “${title}”.` : 'You are invited to a meeting.',
    when.trim() && `When: ${when.trim()}`,
    message.trim(),
    `Open this link in your browser, on a computer or a phone. There is nothing to install and no account to make:\n${link}`,
    password !== null && `You will be asked for this password:\n${password}`,
    password === null
      ? 'Keep the link to yourself: it opens the door.'
      : 'Keep both to yourself: they open the door.',
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

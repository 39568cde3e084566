// The words of the dialog about passkeys: apart from the others, because they are loaded with it.

export const text = {
  lead: 'A passkey is kept by your phone, your computer or a security key. It signs you in with your fingerprint, your face or a PIN, at this server and nowhere else: nobody can trick you into giving it away.',
  confirm: 'Type your password once more, so that nobody else changes how you sign in.',
  continue: 'Continue',
  wrongPassword: 'This is not your password. Try again.',
  atNumber:
    'Passkeys do not work here, because this address is a number. A passkey belongs to a name: open the server by its name, then add one.',
  noBrowser: 'This browser cannot use passkeys. Use a current Chrome, Edge, Firefox or Safari.',

  own: 'Your passkeys',
  none: 'You have none yet.',
  unnamed: 'Passkey without a name',
  besideOnly: 'Only together with your password',
  remove: 'Remove',
  removeNamed: (name: string) => `Remove ${name}`,
  removeTitle: 'Remove this passkey?',
  removeLead: (name: string) =>
    `“${name}” will not sign you in any more. Delete it on your device, too, so that it is not offered again.`,
  removeLast: 'It is your last one: your password alone will sign you in.',

  name: 'Name of the new passkey',
  nameHelp: 'For instance the device that keeps it. This server cannot read it.',
  suggestion: (number: number) => `Passkey ${number}`,
  add: 'Add a passkey',
  adding: 'Your browser is asking you…',
  added: 'Added. From now on it signs you in, without name and password.',
  addedBeside:
    'Added. But this one cannot open your meetings: it signs you in only together with your password. For that, switch on “Ask for both”.',
  full: (most: number) => `You have ${most} passkeys, and more do not fit. Remove one that you do not use.`,

  both: 'Ask for both',
  bothHelp: 'Your password and a passkey, each time. Whoever gets hold of one of them stays outside.',
  bothLose: 'If you lose your passkeys, the person who runs this server can remove them.',
} as const;

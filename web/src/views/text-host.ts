// The words of the pages for hosts.

import type { HostProblem } from '../state/actions';

export const host = {
  signIn: {
    title: 'Sign in',
    lead: 'Only hosts sign in. If you were invited to a meeting, open the link you were sent.',
    or: 'or',
    atNumber:
      'Passkeys do not work here, because this address is a number. Open the server by its name to use one.',
    forgot: 'Forgotten your password, or lost your passkey?',
    forgotHelp:
      'The person who runs this server can give you a one-time address with which you choose a new password: they run “incamera host reset” with your name. If you still know your password, they run “incamera host remove-passkeys”: then it signs you in alone.',
  },
  enrol: {
    firstTitle: 'Welcome to your own room',
    firstLead: 'You are the first host on this server. Choose a name and a password to open meetings with.',
    title: (name: string) => `Welcome, ${name}`,
    lead: 'You have been made a host on this server. Choose a password to open meetings with.',
    name: 'For signing in. People in your meetings see the name you give there.',
    passwordHelp: 'Four or more random words are strong and easy to type. Nobody can look it up for you.',
    repeat: 'Password once more',
    different: 'The two passwords are not the same.',
    working: 'Making your keys…',
  },
  reset: {
    title: 'Choose a new password',
    lead: (name: string) => `For the account of ${name}.`,
    have: 'I have my recovery code',
    haveHelp: 'Your meetings and their links stay as they are.',
    lost: 'I do not have it any more',
    lostHelp:
      'You begin afresh: the titles and passwords of your old meetings cannot be read any more, and their links stop working. Make new meetings, and send their links.',
    question: 'Do you have your recovery code?',
    code: 'Recovery code',
    codeHelp: '32 letters and digits. Spaces and capitals do not matter.',
  },
  code: {
    title: 'Keep this recovery code',
    lead: 'If you forget your password, this code brings your meetings back. It is shown once, now. Nobody else has it, not even this server.',
    how: 'Write it down or print it, and keep it where you keep your keys.',
    label: 'Recovery code',
    copy: 'Copy code',
  },
  spent: {
    title: 'This address has been used',
    lead: 'A one-time address works once, and only for a while. If you already have an account, sign in. If not, ask the person who runs this server for a new one.',
    signIn: 'Go to sign in',
  },
  strength: {
    empty: '',
    short: 'Too short: at least 10 characters.',
    fair: 'Acceptable. A word more would make it strong.',
    good: 'Strong.',
  },
  home: {
    title: 'Your meetings',
    none: 'No meetings yet',
    noneLead: 'Make one, send its link to the people you want to see, and open the door.',
    live: 'Live now',
    kept: 'Kept',
    once: 'Once',
    untitled: 'Meeting without a title',
    join: 'Join',
    invite: 'Invite',
    remove: 'Delete',
    removeTitle: 'Delete this meeting?',
    removeLead: (title: string) =>
      `“${title}” will be deleted and its link will stop working. This cannot be undone.`,
    removeLive: 'People are in it now. They will be sent away.',
    withPassword: 'Password',
    withLobby: 'Lobby',
    refresh: 'Refresh',
  },
  certificate: {
    ends: (when: string) =>
      `The certificate of this server is good until ${when}. After that, browsers do not open this page any more.`,
    ordered: 'The person who runs the server renews it with “incamera certificate renew”.',
    placed: 'The person who runs the server puts a new one in its place.',
  },
  machine: {
    line: (counted: string, day: string) => `The machine: ${counted} · looked at on ${day}`,
    all: (all: number) => `all ${all} points hold`,
    some: (holds: number, all: number) => `${holds} of ${all} points hold`,
    find: 'The person who runs the server sees which, and what to do, with “sudo incamera audit”.',
    worse: (worse: number) =>
      `The machine got worse since it was measured before: ${worse === 1 ? '1 point falls short' : `${worse} points fall short`} that did not then.`,
    late: (day: string) =>
      `Nobody has looked at the machine since ${day}. It should be measured each week: the person who runs the server sees why not with “sudo incamera doctor”.`,
  },
  invite: {
    title: 'Invite people',
    link: 'Link',
    password: 'Password',
    copyPassword: 'Copy password',
    copyText: 'Copy invitation',
    words: 'Invitation',
    qr: 'QR code of the link',
    qrHelp: 'Point a phone camera at it to join from the phone.',
    apart: 'Send the password another way than the link: one by e-mail, the other by telephone.',
    secret: 'Whoever has the link can come to the door. Send it only to those you mean.',
    body: (title: string, link: string, password: boolean) =>
      `${title ? `You are invited to “${title}”.` : 'You are invited to a meeting.'}\n\nOpen this link in your browser, on a computer or a phone. There is nothing to install and no account to make:\n${link}\n${password ? '\nYou will be asked for a password, which I give you separately.\n' : ''}`,
  },
  calendar: {
    open: 'Put it into a calendar…',
    title: 'Put it into a calendar',
  },
  encrypt: {
    open: 'Encrypt an invitation…',
    title: 'Encrypt an invitation',
  },
  create: {
    title: 'New meeting',
    meetingTitle: 'Title',
    titleHelp: 'Participants see it. This server cannot read it.',
    length: 'How long should it last?',
    once: 'Once',
    onceHelp: 'Deleted when everybody has left.',
    kept: 'To keep',
    keptHelp: 'The same link again and again.',
    password: 'Ask for a password',
    passwordHelp: 'On top of the link. This server never learns it.',
    suggest: 'Suggest another',
    early: 'Others may start before me',
    earlyHelp: 'Otherwise they wait until you come.',
    lobby: 'Lobby',
    lobbyHelp: 'You let everybody in yourself, one by one.',
  },
  settings: {
    open: 'Settings',
    title: (title: string) => `Settings of “${title}”`,
    lead: 'They hold from the next time this meeting begins.',
    leadLive:
      'This meeting is going on. What you change here holds from the next time it begins. To change something now, join and open the people panel.',
    fixed:
      'Title, link and password stay as they are. For another password, make a new meeting: it has a link of its own, which you send to everybody.',
    save: 'Save',
  },
  account: {
    changePassword: 'Change password',
    passkeys: 'Passkeys',
    old: 'Present password',
    new: 'New password',
    changed: 'Your password is changed. Other devices have been signed out.',
    change: 'Change',
    everywhere: 'Sign out everywhere',
    everywhereTitle: 'Sign out everywhere?',
    everywhereLead: 'On this and every other device. You can sign in again as usual.',
  },
  problem: {
    bad_request: 'The server did not understand this page. Reload it and try again.',
    signed_out: 'You are not signed in any more. Please sign in again.',
    wrong_password: 'Name and password do not fit together. Check both and try again.',
    wrong_passkey:
      'This passkey does not fit, or it took too long. Try again, or sign in with name and password.',
    password_too: 'This passkey does not sign you in alone here. Sign in with name and password.',
    no_passkeys_here: 'Passkeys do not work at this address. Open the server by its own name and try again.',
    passkey_unused:
      'No passkey was used. Try again when you are ready. If your browser has warned you of the certificate of this server, it does not use passkeys here.',
    passkey_known: 'This device has a passkey for this account already.',
    passkey_impossible:
      'This device cannot keep a passkey. It needs a fingerprint, a face, a PIN or a screen lock that protects it. Set one up, or use another device.',
    spent_address: 'This one-time address has been used or has expired. Ask for a new one.',
    name_taken: 'There is already a host of this name. Choose another.',
    not_found: 'This meeting is not there any more. Reload the page to see your list.',
    too_many: 'This server has no room for more meetings. Delete one that you do not need, then try again.',
    slow_down: 'That was too often. Wait a minute, then try again.',
    wrong_origin: 'This page does not belong to this server. Open the server’s own address and try again.',
    internal: 'The server had a problem. Try again; if it stays, tell the person who runs it.',
    wrong_recovery_code: 'This recovery code does not open the account. Check each group of characters.',
    unreachable: 'The server cannot be reached. Check your connection and try again.',
    no_signing_key:
      'This browser has no key to sign with, because you signed in before there was one. Sign out and sign in again, then try once more.',
    unsupported:
      'This browser cannot make the keys it needs. Use a current Chrome, Edge, Firefox or Safari, at an address that begins with https.',
  } satisfies Record<HostProblem, string>,
} as const;

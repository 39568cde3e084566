// Every word that a person reads, with the files `text-…` beside it. Views hold none of their own.
// An error says what happened and what to do next.

import { AUDIO_SLOTS, type Denial, type Quality, type Refusal, type Role } from '../generated/protocol';
import type { DeviceProblem, Missing, Moderated } from '../state/model';
import { host } from './text-host';

/** Accessible names of the controls by which tests, too, find them. They do not change with the state. */
export const names = {
  microphone: 'Microphone',
  camera: 'Camera',
  microphoneMenu: 'Choose microphone and speaker',
  cameraMenu: 'Choose camera',
  share: 'Share screen',
  people: 'People',
  chat: 'Chat',
  hand: 'Raise hand',
  more: 'More',
  leave: 'Leave',
  endForAll: 'End for all',
  join: 'Join',
  yourName: 'Your name',
  meetingPassword: 'Meeting password',
  speakerTest: 'Test speaker',
  close: 'Close',
  cancel: 'Cancel',
  unmute: 'Unmute',
  admit: 'Admit',
  deny: 'Turn away',
  admitAll: 'Admit all',
  muteAll: 'Mute all',
  giveFloor: 'Give the floor',
  takeFloor: 'Take the floor back',
  message: 'Message',
  send: 'Send',
  rejoin: 'Join again',
  accountName: 'Name',
  password: 'Password',
  signIn: 'Sign in',
  signInByPasskey: 'Sign in with a passkey',
  createAccount: 'Create account',
  setPassword: 'Set new password',
  keptCode: 'I have kept it',
  newMeeting: 'New meeting',
  createMeeting: 'Create meeting',
  copyLink: 'Copy link',
  account: 'Account',
  signOut: 'Sign out',
  stage: 'Meeting',
  controls: 'Meeting controls',
  lobby: 'Waiting to come in',
} as const;

export const text = {
  product: 'incamera',
  tagline: 'Behind closed doors.',
  copied: 'Copied',
  print: 'Print',
  loading: 'One moment…',
  titles: {
    host: 'Your meetings',
    signIn: 'Sign in',
    enrol: 'Become a host',
    prejoin: 'Join a meeting',
    waiting: 'Waiting',
    inside: 'In a meeting',
    over: 'Out of the meeting',
  },
  optional: 'optional',
  showPassword: 'Show',
  hidePassword: 'Hide',

  host,

  /** The book, which the same server has at /help. */
  book: 'Help',

  source: {
    link: 'Source code (AGPL-3.0)',
    /** Where this program was built without an address of its source. */
    ask: 'Free software (AGPL-3.0). Ask the person who runs this server for its source code.',
  },

  protects: {
    title: 'What this meeting protects',
    summary: 'End-to-end encrypted: only the people in it see and hear it.',
    points: [
      ['yes', 'Nobody gets in without the link, and the password and your permission where they are set.'],
      [
        'yes',
        'Sound, picture, names and chat can be read only by the people in the meeting, not by the server. Nothing about it is logged or kept.',
      ],
      [
        'yes',
        'All packets of sound look alike: from them nobody who watches the network can tell who speaks, or whether anybody does.',
      ],
      [
        'not',
        'The server gives out this page. If it were taken over, it could give somebody another page that listens. The release of the page can be checked from outside.',
      ],
      [
        'not',
        'Nothing can stop someone in the meeting from recording, or filming the screen, nor help when their device is compromised.',
      ],
      ['not', 'A flood of traffic can make the server unreachable.'],
    ],
    does: 'Protects',
    doesNot: 'Does not protect',
  },

  strict: {
    label: 'Steady video',
    help: 'Whoever watches the network can hardly tell when people move. Cameras take more data and move less smoothly; shared screens are as before.',
  },

  security: {
    sign: {
      secured: 'End-to-end encrypted',
      coming: 'Encryption is being set up',
      alarm: 'Check who is here',
    },
    lead: 'Only the people in this meeting share its keys. The server passes everything on and can read none of it.',
    coming:
      'The people in the meeting are agreeing on keys with you. Until that is done, nothing is sent and nothing is played.',
    code: 'Security code',
    compare:
      'Whoever has the same digits is in the same meeting, with nobody in between. Read them to each other when it matters: by telephone, or face to face. They change whenever somebody comes or goes.',
    strict: 'Steady video is on: cameras send about as much when nobody moves as when everybody does.',
    hidden: (count: number) =>
      count === 1
        ? 'Somebody shares the keys of this meeting whom the server does not list. They may be listening. If nobody has just left, end the meeting.'
        : `${count} people share the keys of this meeting whom the server does not list. They may be listening. If nobody has just left, end the meeting.`,
    outside: (count: number) =>
      count === 1
        ? 'The server lists somebody who does not share the keys of this meeting. They cannot see or hear anything; it may be a bad connection.'
        : `The server lists ${count} people who do not share the keys of this meeting. They cannot see or hear anything; it may be bad connections.`,
  },

  prejoin: {
    title: 'Ready to join?',
    lead: 'Only you can see and hear this.',
    nameHelp: 'So that the others know who you are.',
    passwordHelp: 'The host has given it to you, or will.',
    cameraOff: 'Your camera is off',
    level: 'Microphone level',
    levelHelp: 'Say something: the bar should move.',
    testing: 'You should hear a short melody.',
    speaker: 'Speaker',
    noDevices: 'You can join without camera or microphone, to watch and listen.',
    joining: 'Opening the door…',
    joiningLead: 'Keys are being made. This takes a moment.',
    badLink: 'This link is not complete',
    badLinkLead:
      'A part of it is missing: perhaps it was cut when it was copied. Open it again from the invitation, or ask the host to send it once more.',
    again: 'I have the link: reload',
  },

  problem: {
    not_admitted:
      'That did not open the door. Perhaps the password has a mistake, or the link is no longer the current one. Check both, or ask the host.',
    unproven: 'The server could not check that this page is yours. Reload it and try again.',
    outdated: 'The server has a newer version of this page. Reload it, then join again.',
    locked: 'The host has locked the meeting. Ask the host to let you in.',
    full: 'The meeting is full. Try again when somebody has left.',
    denied: 'The host did not let you in. If you think that was a mistake, ask them by e-mail or telephone.',
    removed:
      'A moderator has removed you from this meeting. You cannot come back with this link. You can close this window.',
    ended: 'The host has ended the meeting. You can close this window.',
    replaced: 'You have joined from another window or device. It goes on there.',
    signed_out: 'You were signed out, on this or another device. Sign in again to be the host.',
    flooding: 'This page sent too many messages and was disconnected. Reload it and join again.',
    too_slow: 'Your connection could not keep up and was closed. Move nearer to your Wi-Fi, then join again.',
    link_changed:
      'The meeting has a new link, and the old one opens nothing any more. Ask somebody who is in the meeting for it.',
    group_fault:
      'The others could not follow a change that your page made to the meeting’s encryption. Join again.',
    stopping: 'The server is restarting. It should be back in a moment.',
    closed:
      'This server is closed at this hour, and nobody is in this meeting. Ask the host when it is open, then try again.',
    unreachable: 'The server cannot be reached. Check your connection, then try again.',
  } satisfies Record<Refusal | 'unreachable', string>,

  unsupported: {
    title: 'This browser cannot take part',
    missing: {
      secure_context:
        'The page was not loaded over an address that begins with https. Open the link from your invitation as it is.',
      webrtc:
        'It lacks what video meetings need (WebRTC), or an extension has switched it off. Switch such extensions off for this page, or use a current Chrome, Edge, Firefox or Safari.',
      encryption:
        'It cannot encrypt sound and picture from person to person, and nobody takes part without that. Update it, or use a current Chrome, Edge, Firefox or Safari.',
      cryptography:
        'It is too old to make the keys that this meeting needs. Update it, or use a current Chrome, Edge, Firefox or Safari.',
      devices:
        'It does not let pages use a camera or a microphone. Use a current Chrome, Edge, Firefox or Safari.',
    } satisfies Record<Missing, string>,
  },

  waiting: {
    host: 'The host is not here yet',
    hostLead: 'You will come in by yourself when the meeting begins. Keep this page open.',
    admission: 'You are at the door',
    admissionLead:
      'The host has been told that you are waiting, and decides who comes in. Keep this page open.',
  },

  over: {
    titles: {
      left: 'You have left the meeting',
      not_admitted: 'The door stayed shut',
      unproven: 'The connection was refused',
      outdated: 'This page is out of date',
      locked: 'The meeting is locked',
      full: 'The meeting is full',
      denied: 'You were not let in',
      removed: 'You were removed',
      ended: 'The meeting has ended',
      replaced: 'You joined somewhere else',
      signed_out: 'You were signed out',
      flooding: 'You were disconnected',
      too_slow: 'Your connection was too slow',
      link_changed: 'The link has changed',
      group_fault: 'You were disconnected',
      stopping: 'The server is restarting',
      closed: 'The server is closed',
      unreachable: 'The connection was lost',
    } satisfies Record<Refusal | 'left' | 'unreachable', string>,
    left: 'You can close this window. Camera and microphone are off.',
    reload: 'Reload',
    signIn: 'Sign in',
    useHere: 'Use it here instead',
  },

  room: {
    alone: 'You are the only one here',
    aloneLead: 'Send the link to those you want to see.',
    /** For somebody whose name does not open with the meeting’s key. */
    unnamed: 'Unnamed person',
    you: 'You',
    youName: (name: string) => `${name} (you)`,
    muted: 'Microphone off',
    unmuted: 'Microphone on',
    cameraIsOff: 'Camera off',
    cameraIsOn: 'Camera on',
    sharing: 'Screen shared',
    sharingSound: 'Sound shared',
    sharingBanner: 'You are sharing your screen',
    stopSharing: 'Stop sharing',
    screenOf: (name: string) => `${name}’s screen`,
    handUp: (place: number) => `Hand raised, number ${place}`,
    away: 'Connection lost, coming back…',
    paused: 'Picture paused: your connection is slow',
    quality: {
      unknown: 'Connection not measured yet',
      good: 'Good connection',
      fair: 'Fair connection',
      poor: 'Poor connection',
    } satisfies Record<Quality, string>,
    page: (page: number, pages: number) => `Page ${page} of ${pages}`,
    previousPage: 'Previous page',
    nextPage: 'Next page',
    pin: 'Pin',
    unpin: 'Unpin',
    pinPerson: (name: string) => `Pin ${name}`,
    unpinPerson: (name: string) => `Unpin ${name}`,
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    zoomFit: 'Fit to window',
    locked: 'Locked',
    reconnecting: (attempt: number) =>
      attempt < 3
        ? 'Connection lost. Coming back by itself…'
        : 'Still no connection. Trying again by itself; check your Wi-Fi or cable.',
    media: 'Connecting sound and picture…',
    mediaBlocked:
      'Sound and picture do not get through this network yet. Trying again by itself; another network, such as the phone’s, may help.',
    mediaAgain: 'Sound and picture were interrupted. Connecting them again…',
    state: 'What is going on',
    count: (count: number) => (count === 1 ? '1 person' : `${count} people`),
    pushToTalk: 'Talking while you hold Space',
  },

  role: {
    participant: 'Participant',
    speaker: 'Speaker',
    co_host: 'Co-host',
    host: 'Host',
  } satisfies Record<Role, string>,
  unproven: 'Not proven',
  unprovenHelp: 'The meeting’s link does not confirm this. Trust them as a participant only.',

  letInByServer: 'The server let them in, no moderator did. They see and hear nothing unless you admit them.',

  bar: {
    share: 'Share',
    hand: 'Hand',
    more: 'More',
    mic: 'Microphone',
    camera: 'Camera',
    people: 'People',
    chat: 'Chat',
    leave: 'Leave',
    speakers: 'Speaker',
    unread: (count: number) => `${count} unread`,
    waitingCount: (count: number) => `${count} waiting`,
    layout: 'Layout',
    tiles: 'Tiles',
    speaker: 'Speaker',
    selfView: 'Show myself',
    reactions: 'Reactions',
    react: (emoji: string) => `React with ${emoji}`,
    settings: 'Settings',
    help: 'Help and shortcuts',
    lowerHand: 'Lower hand',
    stopSharing: 'Stop sharing',
    endTitle: 'End the meeting for everybody?',
    endLead: 'Everybody is sent out. The link stays the same if you keep this meeting.',
    noChoice: 'No device found',
  },

  people: {
    title: 'People',
    search: 'Search people',
    none: 'Nobody of this name.',
    more: (count: number) => (count === 1 ? 'Show 1 more' : `Show ${count} more`),
    giveFloorTo: (name: string) => `Give the floor to ${name}`,
    actionsFor: (name: string) => `Actions for ${name}`,
    mute: 'Mute',
    askToUnmute: 'Ask to unmute',
    stopVideo: 'Stop video',
    stopScreen: 'Stop screen share',
    lowerHand: 'Lower hand',
    makeCoHost: 'Make co-host',
    makeParticipant: 'Make participant',
    sendToLobby: 'Send to lobby',
    remove: 'Remove',
    removeTitle: (name: string) => `Remove ${name}?`,
    removeLead: (name: string) =>
      `${name} cannot come back. The link of this meeting changes for everybody: those who are in it get the new one by themselves, but people you have invited and who are not here yet need the new link from you.`,
    message: 'Private message',
    invite: 'Invite',
    moderate: 'For moderators',
    lock: 'Lock the meeting',
    lockHelp: 'Nobody new gets in.',
    lobby: 'Lobby',
    lobbyHelp: 'New people wait until you let them in.',
    may: 'Participants may',
    newLink: 'Make a new link',
    newLinkTitle: 'Make a new link?',
    newLinkLead:
      'The present link stops working. Everybody in the meeting gets the new one by themselves; send it to those who are not here yet.',
    muteAllTitle: 'Mute everybody?',
    muteAllLead:
      'All microphones except those of moderators are switched off. People may switch them on again if you allow it.',
    qr: 'Show QR code',
    hideQr: 'Hide QR code',
  },

  audience: {
    label: 'Audience',
    help: 'Most people listen. They raise a hand, and you give them the floor.',
    nobody: 'Nobody has the floor just now.',
    count: (count: number) => (count === 1 ? '1 person in the audience' : `${count} people in the audience`),
  },

  may: {
    unmute: 'switch their microphone on',
    video: 'switch their camera on',
    screen: 'share their screen',
    chat: 'write in the chat',
    rename: 'change their name',
  },

  chat: {
    title: 'Chat',
    empty: 'Nothing has been said here yet.',
    emptyLead: 'Messages are gone when the meeting ends.',
    to: 'To',
    everybody: 'Everybody',
    privatelyTo: (name: string) => `privately to ${name}`,
    privately: 'privately to you',
    you: 'You',
    off: 'The host has switched the chat off for participants.',
    announce: (name: string, body: string) => `${name} writes: ${body}`,
  },

  settings: {
    title: 'Settings',
    name: 'Your name in this meeting',
    rename: 'Change',
    renameOff: 'The host has switched changing names off.',
    devices: 'Devices',
    view: 'View',
  },

  help: {
    title: 'Help and shortcuts',
    shortcuts: [
      ['M', 'Microphone on or off'],
      ['V', 'Camera on or off'],
      ['Space', 'Hold to talk'],
      ['H', 'Raise or lower your hand'],
      ['P', 'People'],
      ['C', 'Chat'],
      ['?', 'This help'],
    ],
    alternatives: (key: string) => `${key}+D and ${key}+E work for microphone and camera, too.`,
    about: 'About incamera',
    heard: 'If you cannot be heard',
    heardLead:
      'Look at the microphone button: is it on? Choose another microphone with the small arrow beside it.',
    hear: 'If you cannot hear',
    hearLead:
      'Check the volume of your device, and choose another speaker with the arrow beside the microphone.',
  },

  notice: {
    joined: (name: string) => `${name} joined`,
    left: (name: string) => `${name} left`,
    removed: (name: string) => `${name} was removed`,
    hand: (name: string) => `${name} raised a hand`,
    knock: (name: string) => `${name} is at the door`,
    screen: (name: string, on: boolean) => (on ? `${name} shares a screen` : `${name} stopped sharing`),
    newLink: 'The meeting has a new link. You have it already.',
    staleLink:
      'The meeting has a link that this page does not know, so names and messages cannot be read. Ask for the new link and open it.',
    staleLinkHost:
      'The link was changed while you were away, so names and messages cannot be read here. Make a new link and send it to everybody, also to those who are inside.',
    linkNotKept:
      'The new link could not be saved in your list of meetings. Copy it now from the people panel, or it is lost when everybody has left.',
    linkNotKeptYet:
      'The new link works, but it is not in your list of meetings yet. This page tries again: keep it open for two minutes.',
    linkKept: 'The new link is in your list of meetings now.',
    role: {
      participant: 'You are a participant now',
      speaker: 'You have the floor',
      co_host: 'You are a co-host now: you can moderate',
      host: 'You are the host',
    } satisfies Record<Role, string>,
    reconnected: 'You are connected again',
    outsideGroup:
      'You share no keys with the others: what the server shows of this meeting does not fit your link. If this stays, ask somebody inside for the present link.',
    changeRefused: (name: string) =>
      `Your page refused a change to who has the keys of this meeting. It came under the name of ${name}, or was altered on its way.`,
    mediaTampered:
      'The server, or somebody on the way, passed on sound or picture that its sender did not send. It was not played.',
    mediaBroken: 'The encryption of sound and picture stopped working in this browser. Reload the page.',
    notSaid: 'This was not sent: the encryption is being set up. Try again in a moment.',
    moderated: {
      muted: (by: string) => `${by} switched your microphone off`,
      muted_all: (by: string) => `${by} switched all microphones off`,
      asked_to_unmute: (by: string) => `${by} asks you to switch your microphone on`,
      video_stopped: (by: string) => `${by} switched your camera off`,
      screen_stopped: (by: string) => `${by} ended your screen share`,
      floor_given: (by: string) => `${by} gave you the floor. You may speak now.`,
      floor_taken: (by: string) => `${by} took the floor back: nobody hears or sees you any more`,
      hand_lowered: (by: string) => `${by} lowered your hand`,
    } satisfies Record<Moderated, (by: string) => string>,
    see: 'See who',
    region: 'Notices',
  },

  denial: {
    not_moderator: 'Only the host or a co-host may do this.',
    not_host: 'Only the host may do this.',
    switched_off: 'Only speakers may do this here. Raise your hand to ask for the floor.',
    too_many_sounds: `${AUDIO_SLOTS} microphones are on already, and one more could not be heard by everybody. Wait until somebody has finished, or ask a moderator to mute somebody.`,
    full: 'There is no room for more: the meeting is full.',
    protected: 'This cannot be done to a host.',
    no_such_person: 'This person is not in the meeting any more.',
    oneself: 'This cannot be done to yourself.',
    invalid_state: 'The server did not take back how the meeting was before its restart. Check the settings.',
    not_stored:
      'The server could not store the new link. Whoever was removed is out, but make a new link again before you invite anybody.',
    unusable_offer: 'Sound and picture could not be set up. Reload the page.',
    too_often: 'That was too often. Wait a moment and try again.',
    stale_epoch: 'The meeting’s encryption changed at the same moment. Try again.',
    out_of_turn: 'You are not in the meeting’s encryption yet. Wait a moment and try again.',
  } satisfies Record<Denial, string>,

  device: {
    title: {
      microphone: {
        refused: 'The browser may not use your microphone',
        missing: 'No microphone was found',
        busy: 'Another program uses your microphone',
        insecure: 'The microphone needs a secure address',
        failed: 'The microphone did not start',
      },
      camera: {
        refused: 'The browser may not use your camera',
        missing: 'No camera was found',
        busy: 'Another program uses your camera',
        insecure: 'The camera needs a secure address',
        failed: 'The camera did not start',
      },
      screen: {
        refused: 'The screen was not shared',
        missing: 'There is nothing to share',
        busy: 'The screen cannot be shared now',
        insecure: 'Sharing needs a secure address',
        failed: 'The screen share did not start',
      },
    } satisfies Record<'microphone' | 'camera' | 'screen', Record<DeviceProblem, string>>,
    both: 'The browser may not use your camera and microphone',
    next: {
      missing: 'Plug one in and choose it, or join without.',
      busy: 'Close other programs with video calls, then switch it on again.',
      insecure: 'Open this meeting with an address that begins with https.',
      failed: 'Switch it on again. If that does not help, reload the page.',
    } satisfies Record<Exclude<DeviceProblem, 'refused'>, string>,
    screenRefused:
      'If you did not choose this yourself, allow the browser to record the screen in your system’s privacy settings.',
    allow: {
      chrome: 'Click the icon at the left of the address, allow it there, then switch it on again.',
      firefox:
        'Click the crossed-out icon at the left of the address, remove the block, then switch it on again.',
      safari: 'Open Safari › Settings for this website, choose Allow, then reload the page.',
      android:
        'Tap the icon at the left of the address, then Permissions, and allow it. If it is not there, allow it to the browser in the Android settings under Apps.',
      ios: 'Tap the button at the left of the address, then Website Settings, and choose Allow. If that does not help: Settings › Apps › your browser.',
      other: 'Allow it in the browser’s settings for this website, then reload the page.',
    },
  },
} as const;

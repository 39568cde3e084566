//! The policy against a table that was written from the requirements, not from the code (P3).

use super::{Actor, Target, decide};
use crate::ids::{AdmissionHash, KnockId, ParticipantId, Signature};
use crate::sealed::{SealedBody, SealedLink, SealedTitle};
use crate::settings::{MeetingSettings, Role};
use crate::wire::{Act, Denial, HeldState, Quality, Rotation, Source};

/// What one role may do.
#[derive(Clone, Copy)]
enum May {
    Always,
    /// Where this setting is on.
    If(fn(&MeetingSettings) -> bool),
    /// Where this setting is on, or a moderator asked for it, and the sound can be carried.
    IfOrAsked(fn(&MeetingSettings) -> bool),
    /// Where this setting is on, as long as they share their screen and the sound can be carried.
    IfSharing(fn(&MeetingSettings) -> bool),
    /// As long as the sound can be carried.
    IfCarried,
    Never(Denial),
    /// To other people of these roles.
    To(&'static [Role]),
}

use May::{Always, If, IfCarried, IfOrAsked, IfSharing, Never, To};

const NO: May = Never(Denial::NotModerator);
const NOT_HOST: May = Never(Denial::NotHost);
const GUESTS: May = To(&[Role::Participant, Role::Speaker]);
const ALL_BUT_HOSTS: May = To(&[Role::Participant, Role::Speaker, Role::CoHost]);

struct Row {
    act: Act,
    /// Whether it is said to one person, who then must be somebody else in the meeting.
    to_one: bool,
    participant: May,
    /// Who has the floor.
    speaker: May,
    co_host: May,
    host: May,
}

/// A speaker moderates nothing: as a participant.
fn row(act: Act, participant: May, co_host: May, host: May) -> Row {
    Row { act, to_one: false, participant, speaker: participant, co_host, host }
}

/// A speaker sends as moderators do.
fn sends(act: Act, participant: May, others: May) -> Row {
    Row { act, to_one: false, participant, speaker: others, co_host: others, host: others }
}

const WHOM: ParticipantId = ParticipantId(2);

fn table(settings: &MeetingSettings) -> Vec<Row> {
    let participant = WHOM;
    let body = SealedBody::new(vec![1]).unwrap();
    let rotation = Rotation {
        admission: AdmissionHash([1; 32]),
        link: SealedLink::new(vec![1]).unwrap(),
        title: SealedTitle::new(vec![1]).unwrap(),
    };
    let held = HeldState { text: String::new(), signature: Signature([0; 64]) };
    let knock = KnockId(3);
    let on = |source| Act::Switch { source, on: true };
    let say = |to| Act::Say { to, body: body.clone() };
    let role = |role| Act::SetRole { participant, role };
    let inverse = MeetingSettings {
        lobby: !settings.lobby,
        locked: !settings.locked,
        early_start: settings.early_start,
        unmute: !settings.unmute,
        video: !settings.video,
        screen: !settings.screen,
        chat: !settings.chat,
        rename: !settings.rename,
        strict: !settings.strict,
    };
    let early = MeetingSettings { early_start: !settings.early_start, ..*settings };

    let mut rows = vec![
        sends(on(Source::Microphone), IfOrAsked(|s| s.unmute), IfCarried),
        sends(on(Source::Camera), If(|s| s.video), Always),
        sends(on(Source::Screen), If(|s| s.screen), Always),
        sends(on(Source::ScreenAudio), IfSharing(|s| s.screen && s.unmute), IfSharing(|_| true)),
        row(Act::Quality { quality: Quality::Poor }, Always, Always, Always),
        row(say(None), Always, Always, Always),
        Row { to_one: true, ..row(say(Some(WHOM)), Always, Always, Always) },
        row(Act::Leave, Always, Always, Always),
        row(Act::Mute { participant }, NO, GUESTS, ALL_BUT_HOSTS),
        row(Act::MuteAll, NO, Always, Always),
        row(Act::AskToUnmute { participant }, NO, GUESTS, ALL_BUT_HOSTS),
        row(Act::StopVideo { participant }, NO, GUESTS, ALL_BUT_HOSTS),
        row(Act::StopScreen { participant }, NO, GUESTS, ALL_BUT_HOSTS),
        row(Act::Remove { participant, admission: AdmissionHash([2; 32]) }, NO, GUESTS, ALL_BUT_HOSTS),
        row(Act::SendToLobby { participant }, NO, GUESTS, ALL_BUT_HOSTS),
        row(Act::Rotate { rotation }, NO, Always, Always),
        row(Act::Admit { knock }, NO, Always, Always),
        row(Act::AdmitAll, NO, Always, Always),
        row(Act::Deny { knock }, NO, Always, Always),
        row(Act::ChangeSettings { settings: inverse }, NO, Always, Always),
        row(Act::ChangeSettings { settings: early }, NO, NOT_HOST, Always),
        row(role(Role::Participant), NO, GUESTS, ALL_BUT_HOSTS),
        row(role(Role::Speaker), NO, GUESTS, ALL_BUT_HOSTS),
        row(role(Role::CoHost), NOT_HOST, NOT_HOST, ALL_BUT_HOSTS),
        row(role(Role::Host), NOT_HOST, NOT_HOST, To(&[])),
        row(Act::Hold { held }, NOT_HOST, NOT_HOST, Always),
        row(Act::EndForAll, NOT_HOST, NOT_HOST, Always),
    ];
    for source in Source::ALL {
        rows.push(row(Act::Switch { source, on: false }, Always, Always, Always));
    }
    rows
}

/// All 512 of them.
fn all_settings() -> impl Iterator<Item = MeetingSettings> {
    (0..512_u16).map(|bits| {
        let bit = |at: u8| bits >> at & 1 == 1;
        MeetingSettings {
            lobby: bit(0),
            locked: bit(1),
            early_start: bit(2),
            unmute: bit(3),
            video: bit(4),
            screen: bit(5),
            chat: bit(6),
            rename: bit(7),
            strict: bit(8),
        }
    })
}

const TARGETS: [Target; 7] = [
    Target::Nobody,
    Target::Missing,
    Target::Oneself,
    Target::Other(Role::Participant),
    Target::Other(Role::Speaker),
    Target::Other(Role::CoHost),
    Target::Other(Role::Host),
];

fn expected(
    may: May,
    to_one: bool,
    settings: &MeetingSettings,
    actor: Actor,
    target: Target,
) -> Result<(), Denial> {
    let switch = |on| if on { Ok(()) } else { Err(Denial::SwitchedOff) };
    let carried = if actor.is_carried { Ok(()) } else { Err(Denial::TooManySounds) };
    match may {
        Always => {}
        If(on) => switch(on(settings))?,
        IfOrAsked(on) => switch(actor.asked_to_unmute || on(settings)).and(carried)?,
        IfSharing(on) => switch(actor.shares_screen && on(settings)).and(carried)?,
        IfCarried => carried?,
        Never(denial) => return Err(denial),
        To(roles) => {
            return match target {
                Target::Nobody | Target::Missing => Err(Denial::NoSuchPerson),
                Target::Oneself => Err(Denial::Oneself),
                Target::Other(role) if roles.contains(&role) => Ok(()),
                Target::Other(_) => Err(Denial::Protected),
            };
        }
    }
    match target {
        Target::Missing if to_one => Err(Denial::NoSuchPerson),
        Target::Oneself if to_one => Err(Denial::Oneself),
        _ => Ok(()),
    }
}

#[test]
fn every_role_act_setting_and_target_is_decided_as_the_table_says() {
    let mut decisions = 0;
    for settings in all_settings() {
        for Row { act, to_one, participant, speaker, co_host, host } in table(&settings) {
            let names_one = to_one || matches!(host, To(_));
            let roles = [
                (Role::Participant, participant),
                (Role::Speaker, speaker),
                (Role::CoHost, co_host),
                (Role::Host, host),
            ];
            for ((role, may), target, state) in roles
                .iter()
                .flat_map(|r| TARGETS.map(|t| (r, t)))
                .flat_map(|(r, t)| (0..8).map(move |state| (r, t, state)))
            {
                if !names_one && target != Target::Nobody {
                    continue;
                }
                let actor = Actor {
                    id: ParticipantId(1),
                    role: *role,
                    asked_to_unmute: state & 1 != 0,
                    shares_screen: state & 2 != 0,
                    is_carried: state & 4 != 0,
                };
                let decided = decide(actor, &settings, target, act.clone()).map(drop);
                let wanted = expected(*may, to_one, &settings, actor, target);
                assert_eq!(decided, wanted, "{actor:?} {act:?} {target:?} {settings:?}");
                decisions += 1;
            }
        }
    }
    // No row was left out: 20 about nobody, 11 about one person in 7 ways.
    assert_eq!(decisions, (20 + 11 * 7) * 4 * 8 * 512);
}

#[test]
fn the_permit_carries_the_act_that_was_decided() {
    let actor = Actor {
        id: ParticipantId(7),
        role: Role::Host,
        asked_to_unmute: false,
        shares_screen: false,
        is_carried: false,
    };
    let act = Act::Mute { participant: WHOM };
    let permit =
        decide(actor, &MeetingSettings::default(), Target::Other(Role::Participant), act.clone()).unwrap();
    assert_eq!(permit.spend(), (ParticipantId(7), act));
}

// Generated from the Rust types of crates/server. Do not edit.
import type { AdmissionHash, HostKey, MeetingId, MeetingSettings, SealedTitle } from "./protocol";

export type Account = { name: string, hostKey: HostKey, wrappedByPassword: WrappedKey, };
export type AccountSalt = string;
export type ChangePassword = { oldSignInKey: SignInKey, salt: AccountSalt, signInKey: SignInKey, wrappedByPassword: WrappedKey, };
export type Enrol = { token: EnrolmentToken, name: string, salt: AccountSalt, signInKey: SignInKey, hostKey: HostKey, wrappedByPassword: WrappedKey, wrappedByRecovery: WrappedKey, };
export type EnrolmentInfo = { name: string | null, recovery: RecoverableKey | null, };
export type EnrolmentQuery = { token: EnrolmentToken, };
export type EnrolmentToken = string;
export type MeetingRecord = { id: MeetingId, kept: boolean, settings: MeetingSettings, title: SealedTitle, record: SealedRecord, live: boolean, };
export type NewMeeting = { id: MeetingId, kept: boolean, settings: MeetingSettings, admission: AdmissionHash, title: SealedTitle, record: SealedRecord, };
export type Problem = { error: ProblemCode, message: string, };
export type ProblemCode = "bad_request" | "signed_out" | "wrong_password" | "spent_address" | "name_taken" | "not_found" | "too_many" | "slow_down" | "wrong_origin" | "internal";
export type RecoverableKey = { hostKey: HostKey, wrappedByRecovery: WrappedKey, };
export type Salt = { salt: AccountSalt, };
export type SaltQuery = { name: string, };
export type SealedRecord = string;
export type SignIn = { name: string, signInKey: SignInKey, };
export type SignInKey = string;
export type UpdateMeeting = { settings: MeetingSettings | null, record: SealedRecord | null, };
export type WrappedKey = string;

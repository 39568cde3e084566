/* tslint:disable */
/* eslint-disable */

/**
 * Somebody who asks to be added.
 */
export class Applicant {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Who.
     */
    identity: string;
    /**
     * As what: `host`, `co_host` or `participant`.
     */
    role: string;
}

/**
 * What a commit changed; identities.
 */
export class Change {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Who did it.
     */
    get by(): string | undefined;
    /**
     * Who did it.
     */
    set by(value: string | null | undefined);
    /**
     * Who is new.
     */
    joined: string[];
    /**
     * Who is gone.
     */
    left: string[];
    /**
     * Whether this member itself was removed.
     */
    out: boolean;
    /**
     * Those of them whom a moderator removed.
     */
    removed: string[];
    /**
     * Who is back again.
     */
    returned: string[];
    /**
     * Whether the state changed.
     */
    state: boolean;
}

/**
 * What a member made for the others.
 */
export class CommitBundle {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * For everybody in the group.
     */
    get commit(): Uint8Array;
    /**
     * For everybody in the group.
     */
    set commit(value: Uint8Array | number[]);
    /**
     * The epoch that it ends.
     */
    epoch: number;
    /**
     * To be sealed before it leaves.
     */
    get info(): Uint8Array;
    /**
     * To be sealed before it leaves.
     */
    set info(value: Uint8Array | number[]);
    /**
     * For those who were added.
     */
    get welcome(): Uint8Array | undefined;
    /**
     * For those who were added.
     */
    set welcome(value: Uint8Array | number[] | null | undefined);
}

/**
 * One member's view of the group.
 */
export class Group {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The server took one's own commit.
     */
    accepted(): Change;
    /**
     * Whose key package this is.
     */
    applicant(key_package: Uint8Array | number[]): Applicant;
    /**
     * Makes a commit: key packages to add, identities to remove, and a new state if it changes.
     */
    commit(add: Uint8Array[], remove: string[], state?: GroupState | null): CommitBundle;
    /**
     * Makes a group with one member. `id` is 16 random bytes.
     */
    static found(leaf: OwnLeaf, link: LinkProof, id: Uint8Array | number[], state: GroupState): Group;
    /**
     * Follows somebody else's commit, or refuses it. `listed` are the identities on the server's list.
     */
    handle(commit: Uint8Array | number[], listed: string[]): Change;
    /**
     * Reads a message.
     */
    hear(message: Uint8Array | number[]): Heard;
    /**
     * The public state, to be sealed before it leaves.
     */
    info(): Uint8Array;
    /**
     * Comes in by the link. `host` is the host key's hash from the link.
     */
    static join(leaf: OwnLeaf, link: LinkProof, host: Uint8Array | number[], info: Uint8Array | number[], former?: GroupState | null): Joined;
    /**
     * The epoch's key for media.
     */
    mediaKey(): MediaKey;
    /**
     * After a new link.
     */
    relink(link: LinkProof): void;
    /**
     * Everybody in the group.
     */
    roster(): RosterEntry[];
    /**
     * A message to everybody.
     */
    say(content: Uint8Array | number[]): Uint8Array;
    /**
     * Five groups of five digits.
     */
    securityCode(): string;
    /**
     * A message that one person alone can read.
     */
    whisper(to: string, content: Uint8Array | number[]): Uint8Array;
    /**
     * The server did not.
     */
    withdraw(): void;
    /**
     * The epoch.
     */
    readonly epoch: number;
    /**
     * What all members agree on.
     */
    readonly state: GroupState;
}

/**
 * What all members agree on.
 */
export class GroupState {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Of a fresh group: nobody moderates beside the host.
     */
    constructor(host_key: Uint8Array | number[], closed: boolean, title: string);
    /**
     * The same with another list of co-hosts, which the host key signed over [`co_hosts_text`].
     */
    withCoHosts(sequence: number, identities: string[], signature: Uint8Array | number[]): GroupState;
    /**
     * The same with the door open or closed.
     */
    withDoor(closed: boolean): GroupState;
    /**
     * Whether the door is closed.
     */
    readonly closed: boolean;
    /**
     * The host's list.
     */
    readonly coHosts: string[];
    /**
     * The number of the host's list of co-hosts.
     */
    readonly sequence: number;
    /**
     * The title.
     */
    readonly title: string;
}

/**
 * A message that was read.
 */
export class Heard {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * What.
     */
    get content(): Uint8Array;
    /**
     * What.
     */
    set content(value: Uint8Array | number[]);
    /**
     * In which epoch.
     */
    epoch: number;
    /**
     * Who said it.
     */
    from: string;
    /**
     * As what.
     */
    role: string;
    /**
     * Whether it was for this member alone.
     */
    whispered: boolean;
}

/**
 * A group that was entered by an external commit, which the server has yet to take.
 */
export class Joined {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * For the server.
     */
    bundle(): CommitBundle;
    /**
     * The group; once.
     */
    group(): Group;
}

/**
 * A person who waits to be added.
 */
export class Knocker {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * To be sealed before it leaves.
     */
    keyPackage(): Uint8Array;
    /**
     * `now` is in seconds since the Unix epoch.
     */
    constructor(leaf: OwnLeaf, link: LinkProof, now: number);
    /**
     * Comes in after having been added.
     */
    welcome(host: Uint8Array | number[], welcome: Uint8Array | number[], former?: GroupState | null): Group;
}

/**
 * A leaf's keys before the identity has vouched for them.
 */
export class LeafDraft {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Completes the leaf; `hostGrant` by those who hold the host key.
     */
    bind(binding: Uint8Array | number[], host_grant?: Uint8Array | number[] | null): OwnLeaf;
    /**
     * What the identity has to sign.
     */
    bindingText(): Uint8Array;
    /**
     * `identity` is base64url, `seed` 32 random bytes.
     */
    constructor(meeting: string, identity: string, seed: Uint8Array | number[]);
}

/**
 * What the group needs of a link.
 */
export class LinkProof {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The external PSK, and the hash of the admission token.
     */
    constructor(psk: Uint8Array | number[], id: Uint8Array | number[]);
}

/**
 * What media is encrypted with in an epoch.
 */
export class MediaKey {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * 16 bytes.
     */
    get base(): Uint8Array;
    /**
     * 16 bytes.
     */
    set base(value: Uint8Array | number[]);
    /**
     * The epoch.
     */
    epoch: number;
    /**
     * One's own leaf.
     */
    leaf: number;
}

/**
 * One's own place. Used up by entering a group.
 */
export class OwnLeaf {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
}

/**
 * A line of the roster.
 */
export class RosterEntry {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Who.
     */
    identity: string;
    /**
     * Their leaf.
     */
    leaf: number;
    /**
     * `host`, `co_host` or `participant`.
     */
    role: string;
}

/**
 * What the host key signs to make a list of co-hosts.
 */
export function coHostsText(meeting: string, sequence: number, identities: string[]): Uint8Array;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_applicant_free: (a: number, b: number) => void;
    readonly __wbg_change_free: (a: number, b: number) => void;
    readonly __wbg_commitbundle_free: (a: number, b: number) => void;
    readonly __wbg_get_applicant_identity: (a: number) => [number, number];
    readonly __wbg_get_applicant_role: (a: number) => [number, number];
    readonly __wbg_get_change_by: (a: number) => [number, number];
    readonly __wbg_get_change_joined: (a: number) => [number, number];
    readonly __wbg_get_change_left: (a: number) => [number, number];
    readonly __wbg_get_change_out: (a: number) => number;
    readonly __wbg_get_change_removed: (a: number) => [number, number];
    readonly __wbg_get_change_returned: (a: number) => [number, number];
    readonly __wbg_get_change_state: (a: number) => number;
    readonly __wbg_get_commitbundle_commit: (a: number) => [number, number];
    readonly __wbg_get_commitbundle_epoch: (a: number) => number;
    readonly __wbg_get_commitbundle_info: (a: number) => [number, number];
    readonly __wbg_get_commitbundle_welcome: (a: number) => [number, number];
    readonly __wbg_get_heard_content: (a: number) => [number, number];
    readonly __wbg_get_heard_epoch: (a: number) => number;
    readonly __wbg_get_heard_from: (a: number) => [number, number];
    readonly __wbg_get_heard_role: (a: number) => [number, number];
    readonly __wbg_get_heard_whispered: (a: number) => number;
    readonly __wbg_get_mediakey_base: (a: number) => [number, number];
    readonly __wbg_get_mediakey_epoch: (a: number) => number;
    readonly __wbg_get_mediakey_leaf: (a: number) => number;
    readonly __wbg_get_rosterentry_identity: (a: number) => [number, number];
    readonly __wbg_get_rosterentry_leaf: (a: number) => number;
    readonly __wbg_get_rosterentry_role: (a: number) => [number, number];
    readonly __wbg_group_free: (a: number, b: number) => void;
    readonly __wbg_groupstate_free: (a: number, b: number) => void;
    readonly __wbg_heard_free: (a: number, b: number) => void;
    readonly __wbg_joined_free: (a: number, b: number) => void;
    readonly __wbg_knocker_free: (a: number, b: number) => void;
    readonly __wbg_leafdraft_free: (a: number, b: number) => void;
    readonly __wbg_linkproof_free: (a: number, b: number) => void;
    readonly __wbg_mediakey_free: (a: number, b: number) => void;
    readonly __wbg_ownleaf_free: (a: number, b: number) => void;
    readonly __wbg_rosterentry_free: (a: number, b: number) => void;
    readonly __wbg_set_applicant_identity: (a: number, b: number, c: number) => void;
    readonly __wbg_set_applicant_role: (a: number, b: number, c: number) => void;
    readonly __wbg_set_change_by: (a: number, b: number, c: number) => void;
    readonly __wbg_set_change_joined: (a: number, b: number, c: number) => void;
    readonly __wbg_set_change_left: (a: number, b: number, c: number) => void;
    readonly __wbg_set_change_out: (a: number, b: number) => void;
    readonly __wbg_set_change_removed: (a: number, b: number, c: number) => void;
    readonly __wbg_set_change_returned: (a: number, b: number, c: number) => void;
    readonly __wbg_set_change_state: (a: number, b: number) => void;
    readonly __wbg_set_commitbundle_commit: (a: number, b: number, c: number) => void;
    readonly __wbg_set_commitbundle_epoch: (a: number, b: number) => void;
    readonly __wbg_set_commitbundle_info: (a: number, b: number, c: number) => void;
    readonly __wbg_set_commitbundle_welcome: (a: number, b: number, c: number) => void;
    readonly __wbg_set_heard_content: (a: number, b: number, c: number) => void;
    readonly __wbg_set_heard_epoch: (a: number, b: number) => void;
    readonly __wbg_set_heard_from: (a: number, b: number, c: number) => void;
    readonly __wbg_set_heard_role: (a: number, b: number, c: number) => void;
    readonly __wbg_set_heard_whispered: (a: number, b: number) => void;
    readonly __wbg_set_mediakey_base: (a: number, b: number, c: number) => void;
    readonly __wbg_set_mediakey_epoch: (a: number, b: number) => void;
    readonly __wbg_set_mediakey_leaf: (a: number, b: number) => void;
    readonly __wbg_set_rosterentry_identity: (a: number, b: number, c: number) => void;
    readonly __wbg_set_rosterentry_leaf: (a: number, b: number) => void;
    readonly __wbg_set_rosterentry_role: (a: number, b: number, c: number) => void;
    readonly coHostsText: (a: number, b: number, c: number, d: number, e: number) => [number, number, number, number];
    readonly group_accepted: (a: number) => [number, number, number];
    readonly group_applicant: (a: number, b: number, c: number) => [number, number, number];
    readonly group_commit: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
    readonly group_epoch: (a: number) => number;
    readonly group_found: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
    readonly group_handle: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
    readonly group_hear: (a: number, b: number, c: number) => [number, number, number];
    readonly group_info: (a: number) => [number, number, number, number];
    readonly group_join: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number, number];
    readonly group_mediaKey: (a: number) => number;
    readonly group_relink: (a: number, b: number) => [number, number];
    readonly group_roster: (a: number) => [number, number];
    readonly group_say: (a: number, b: number, c: number) => [number, number, number, number];
    readonly group_securityCode: (a: number) => [number, number];
    readonly group_state: (a: number) => number;
    readonly group_whisper: (a: number, b: number, c: number, d: number, e: number) => [number, number, number, number];
    readonly group_withdraw: (a: number) => void;
    readonly groupstate_closed: (a: number) => number;
    readonly groupstate_coHosts: (a: number) => [number, number];
    readonly groupstate_new: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
    readonly groupstate_sequence: (a: number) => number;
    readonly groupstate_title: (a: number) => [number, number];
    readonly groupstate_withCoHosts: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
    readonly groupstate_withDoor: (a: number, b: number) => number;
    readonly joined_bundle: (a: number) => number;
    readonly joined_group: (a: number) => [number, number, number];
    readonly knocker_keyPackage: (a: number) => [number, number];
    readonly knocker_new: (a: number, b: number, c: number) => [number, number, number];
    readonly knocker_welcome: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
    readonly leafdraft_bind: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
    readonly leafdraft_bindingText: (a: number) => [number, number];
    readonly leafdraft_new: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
    readonly linkproof_new: (a: number, b: number, c: number, d: number) => [number, number, number];
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __externref_drop_slice: (a: number, b: number) => void;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;

/* @ts-self-types="./group.d.ts" */

/**
 * Somebody who asks to be added.
 */
export class Applicant {
    static __wrap(ptr) {
        const obj = Object.create(Applicant.prototype);
        obj.__wbg_ptr = ptr;
        ApplicantFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        ApplicantFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_applicant_free(ptr, 0);
    }
    /**
     * Who.
     * @returns {string}
     */
    get identity() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.__wbg_get_applicant_identity(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * As what: `host`, `co_host` or `participant`.
     * @returns {string}
     */
    get role() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.__wbg_get_applicant_role(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * Who.
     * @param {string} arg0
     */
    set identity(arg0) {
        const ptr0 = passStringToWasm0(arg0, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_applicant_identity(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * As what: `host`, `co_host` or `participant`.
     * @param {string} arg0
     */
    set role(arg0) {
        const ptr0 = passStringToWasm0(arg0, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_applicant_role(this.__wbg_ptr, ptr0, len0);
    }
}
if (Symbol.dispose) Applicant.prototype[Symbol.dispose] = Applicant.prototype.free;

/**
 * What a commit changed; identities.
 */
export class Change {
    static __wrap(ptr) {
        const obj = Object.create(Change.prototype);
        obj.__wbg_ptr = ptr;
        ChangeFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        ChangeFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_change_free(ptr, 0);
    }
    /**
     * Who did it.
     * @returns {string | undefined}
     */
    get by() {
        const ret = wasm.__wbg_get_change_by(this.__wbg_ptr);
        let v1;
        if (ret[0] !== 0) {
            v1 = getStringFromWasm0(ret[0], ret[1]);
            wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        }
        return v1;
    }
    /**
     * Who is new.
     * @returns {string[]}
     */
    get joined() {
        const ret = wasm.__wbg_get_change_joined(this.__wbg_ptr);
        var v1 = getArrayJsValueFromWasm0(ret[0], ret[1]);
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
        return v1;
    }
    /**
     * Who is gone.
     * @returns {string[]}
     */
    get left() {
        const ret = wasm.__wbg_get_change_left(this.__wbg_ptr);
        var v1 = getArrayJsValueFromWasm0(ret[0], ret[1]);
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
        return v1;
    }
    /**
     * Whether this member itself was removed.
     * @returns {boolean}
     */
    get out() {
        const ret = wasm.__wbg_get_change_out(this.__wbg_ptr);
        return ret !== 0;
    }
    /**
     * Those of them whom a moderator removed.
     * @returns {string[]}
     */
    get removed() {
        const ret = wasm.__wbg_get_change_removed(this.__wbg_ptr);
        var v1 = getArrayJsValueFromWasm0(ret[0], ret[1]);
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
        return v1;
    }
    /**
     * Who is back again.
     * @returns {string[]}
     */
    get returned() {
        const ret = wasm.__wbg_get_change_returned(this.__wbg_ptr);
        var v1 = getArrayJsValueFromWasm0(ret[0], ret[1]);
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
        return v1;
    }
    /**
     * Whether the state changed.
     * @returns {boolean}
     */
    get state() {
        const ret = wasm.__wbg_get_change_state(this.__wbg_ptr);
        return ret !== 0;
    }
    /**
     * Who did it.
     * @param {string | null} [arg0]
     */
    set by(arg0) {
        var ptr0 = isLikeNone(arg0) ? 0 : passStringToWasm0(arg0, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        var len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_change_by(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * Who is new.
     * @param {string[]} arg0
     */
    set joined(arg0) {
        const ptr0 = passArrayJsValueToWasm0(arg0, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_change_joined(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * Who is gone.
     * @param {string[]} arg0
     */
    set left(arg0) {
        const ptr0 = passArrayJsValueToWasm0(arg0, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_change_left(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * Whether this member itself was removed.
     * @param {boolean} arg0
     */
    set out(arg0) {
        wasm.__wbg_set_change_out(this.__wbg_ptr, arg0);
    }
    /**
     * Those of them whom a moderator removed.
     * @param {string[]} arg0
     */
    set removed(arg0) {
        const ptr0 = passArrayJsValueToWasm0(arg0, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_change_removed(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * Who is back again.
     * @param {string[]} arg0
     */
    set returned(arg0) {
        const ptr0 = passArrayJsValueToWasm0(arg0, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_change_returned(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * Whether the state changed.
     * @param {boolean} arg0
     */
    set state(arg0) {
        wasm.__wbg_set_change_state(this.__wbg_ptr, arg0);
    }
}
if (Symbol.dispose) Change.prototype[Symbol.dispose] = Change.prototype.free;

/**
 * What a member made for the others.
 */
export class CommitBundle {
    static __wrap(ptr) {
        const obj = Object.create(CommitBundle.prototype);
        obj.__wbg_ptr = ptr;
        CommitBundleFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CommitBundleFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_commitbundle_free(ptr, 0);
    }
    /**
     * For everybody in the group.
     * @returns {Uint8Array}
     */
    get commit() {
        const ret = wasm.__wbg_get_commitbundle_commit(this.__wbg_ptr);
        var v1 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        return v1;
    }
    /**
     * The epoch that it ends.
     * @returns {number}
     */
    get epoch() {
        const ret = wasm.__wbg_get_commitbundle_epoch(this.__wbg_ptr);
        return ret;
    }
    /**
     * To be sealed before it leaves.
     * @returns {Uint8Array}
     */
    get info() {
        const ret = wasm.__wbg_get_commitbundle_info(this.__wbg_ptr);
        var v1 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        return v1;
    }
    /**
     * For those who were added.
     * @returns {Uint8Array | undefined}
     */
    get welcome() {
        const ret = wasm.__wbg_get_commitbundle_welcome(this.__wbg_ptr);
        let v1;
        if (ret[0] !== 0) {
            v1 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
            wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        }
        return v1;
    }
    /**
     * For everybody in the group.
     * @param {Uint8Array | number[]} arg0
     */
    set commit(arg0) {
        const ptr0 = passArray8ToWasm0(arg0, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_commitbundle_commit(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * The epoch that it ends.
     * @param {number} arg0
     */
    set epoch(arg0) {
        wasm.__wbg_set_commitbundle_epoch(this.__wbg_ptr, arg0);
    }
    /**
     * To be sealed before it leaves.
     * @param {Uint8Array | number[]} arg0
     */
    set info(arg0) {
        const ptr0 = passArray8ToWasm0(arg0, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_commitbundle_info(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * For those who were added.
     * @param {Uint8Array | number[] | null} [arg0]
     */
    set welcome(arg0) {
        var ptr0 = isLikeNone(arg0) ? 0 : passArray8ToWasm0(arg0, wasm.__wbindgen_malloc);
        var len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_commitbundle_welcome(this.__wbg_ptr, ptr0, len0);
    }
}
if (Symbol.dispose) CommitBundle.prototype[Symbol.dispose] = CommitBundle.prototype.free;

/**
 * One member's view of the group.
 */
export class Group {
    static __wrap(ptr) {
        const obj = Object.create(Group.prototype);
        obj.__wbg_ptr = ptr;
        GroupFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        GroupFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_group_free(ptr, 0);
    }
    /**
     * The server took one's own commit.
     * @returns {Change}
     */
    accepted() {
        const ret = wasm.group_accepted(this.__wbg_ptr);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Change.__wrap(ret[0]);
    }
    /**
     * Whose key package this is.
     * @param {Uint8Array | number[]} key_package
     * @returns {Applicant}
     */
    applicant(key_package) {
        const ptr0 = passArray8ToWasm0(key_package, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.group_applicant(this.__wbg_ptr, ptr0, len0);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Applicant.__wrap(ret[0]);
    }
    /**
     * Makes a commit: key packages to add, identities to remove, and a new state if it changes.
     * @param {Uint8Array[]} add
     * @param {string[]} remove
     * @param {GroupState | null} [state]
     * @returns {CommitBundle}
     */
    commit(add, remove, state) {
        let ptr0, len0, ptr1, len1, ptr2 = 0;
        try {
            ptr0 = passArrayJsValueToWasm0(add, wasm.__wbindgen_malloc);
            len0 = WASM_VECTOR_LEN;
            ptr1 = passArrayJsValueToWasm0(remove, wasm.__wbindgen_malloc);
            len1 = WASM_VECTOR_LEN;
            if (!isLikeNone(state)) {
                _assertClass(state, GroupState);
                ptr2 = state.__destroy_into_raw();
            }
        } catch (e) {
            if (ptr2) wasm.__wbg_groupstate_free(ptr2, 1);
            if (ptr1) { wasm.__externref_drop_slice(ptr1, len1); wasm.__wbindgen_free(ptr1, len1 * 4, 4); }
            if (ptr0) { wasm.__externref_drop_slice(ptr0, len0); wasm.__wbindgen_free(ptr0, len0 * 4, 4); }
            throw e;
        }
        const ret = wasm.group_commit(this.__wbg_ptr, ptr0, len0, ptr1, len1, ptr2);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return CommitBundle.__wrap(ret[0]);
    }
    /**
     * The epoch.
     * @returns {number}
     */
    get epoch() {
        const ret = wasm.group_epoch(this.__wbg_ptr);
        return ret;
    }
    /**
     * Makes a group with one member. `id` is 16 random bytes.
     * @param {OwnLeaf} leaf
     * @param {LinkProof} link
     * @param {Uint8Array | number[]} id
     * @param {GroupState} state
     * @returns {Group}
     */
    static found(leaf, link, id, state) {
        _assertClass(link, LinkProof);
        _assertClass(state, GroupState);
        let ptr0, ptr1, len1;
        try {
            _assertClass(leaf, OwnLeaf);
            ptr0 = leaf.__destroy_into_raw();
            ptr1 = passArray8ToWasm0(id, wasm.__wbindgen_malloc);
            len1 = WASM_VECTOR_LEN;
        } catch (e) {
            if (ptr1) { wasm.__wbindgen_free(ptr1, len1 * 1, 1); }
            if (ptr0) wasm.__wbg_ownleaf_free(ptr0, 1);
            throw e;
        }
        const ret = wasm.group_found(ptr0, link.__wbg_ptr, ptr1, len1, state.__wbg_ptr);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Group.__wrap(ret[0]);
    }
    /**
     * Follows somebody else's commit, or refuses it. `listed` are the identities on the server's list.
     * @param {Uint8Array | number[]} commit
     * @param {string[]} listed
     * @returns {Change}
     */
    handle(commit, listed) {
        let ptr0, len0, ptr1, len1;
        try {
            ptr0 = passArray8ToWasm0(commit, wasm.__wbindgen_malloc);
            len0 = WASM_VECTOR_LEN;
            ptr1 = passArrayJsValueToWasm0(listed, wasm.__wbindgen_malloc);
            len1 = WASM_VECTOR_LEN;
        } catch (e) {
            if (ptr1) { wasm.__externref_drop_slice(ptr1, len1); wasm.__wbindgen_free(ptr1, len1 * 4, 4); }
            if (ptr0) { wasm.__wbindgen_free(ptr0, len0 * 1, 1); }
            throw e;
        }
        const ret = wasm.group_handle(this.__wbg_ptr, ptr0, len0, ptr1, len1);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Change.__wrap(ret[0]);
    }
    /**
     * Reads a message.
     * @param {Uint8Array | number[]} message
     * @returns {Heard}
     */
    hear(message) {
        const ptr0 = passArray8ToWasm0(message, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.group_hear(this.__wbg_ptr, ptr0, len0);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Heard.__wrap(ret[0]);
    }
    /**
     * The public state, to be sealed before it leaves.
     * @returns {Uint8Array}
     */
    info() {
        const ret = wasm.group_info(this.__wbg_ptr);
        if (ret[3]) {
            throw takeFromExternrefTable0(ret[2]);
        }
        var v1 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        return v1;
    }
    /**
     * Comes in by the link. `host` is the host key's hash from the link.
     * @param {OwnLeaf} leaf
     * @param {LinkProof} link
     * @param {Uint8Array | number[]} host
     * @param {Uint8Array | number[]} info
     * @param {GroupState | null} [former]
     * @returns {Joined}
     */
    static join(leaf, link, host, info, former) {
        _assertClass(link, LinkProof);
        let ptr0, ptr1, len1, ptr2, len2, ptr3 = 0;
        try {
            _assertClass(leaf, OwnLeaf);
            ptr0 = leaf.__destroy_into_raw();
            ptr1 = passArray8ToWasm0(host, wasm.__wbindgen_malloc);
            len1 = WASM_VECTOR_LEN;
            ptr2 = passArray8ToWasm0(info, wasm.__wbindgen_malloc);
            len2 = WASM_VECTOR_LEN;
            if (!isLikeNone(former)) {
                _assertClass(former, GroupState);
                ptr3 = former.__destroy_into_raw();
            }
        } catch (e) {
            if (ptr3) wasm.__wbg_groupstate_free(ptr3, 1);
            if (ptr2) { wasm.__wbindgen_free(ptr2, len2 * 1, 1); }
            if (ptr1) { wasm.__wbindgen_free(ptr1, len1 * 1, 1); }
            if (ptr0) wasm.__wbg_ownleaf_free(ptr0, 1);
            throw e;
        }
        const ret = wasm.group_join(ptr0, link.__wbg_ptr, ptr1, len1, ptr2, len2, ptr3);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Joined.__wrap(ret[0]);
    }
    /**
     * The epoch's key for media.
     * @returns {MediaKey}
     */
    mediaKey() {
        const ret = wasm.group_mediaKey(this.__wbg_ptr);
        return MediaKey.__wrap(ret);
    }
    /**
     * After a new link.
     * @param {LinkProof} link
     */
    relink(link) {
        _assertClass(link, LinkProof);
        const ret = wasm.group_relink(this.__wbg_ptr, link.__wbg_ptr);
        if (ret[1]) {
            throw takeFromExternrefTable0(ret[0]);
        }
    }
    /**
     * Everybody in the group.
     * @returns {RosterEntry[]}
     */
    roster() {
        const ret = wasm.group_roster(this.__wbg_ptr);
        var v1 = getArrayJsValueFromWasm0(ret[0], ret[1]);
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
        return v1;
    }
    /**
     * A message to everybody.
     * @param {Uint8Array | number[]} content
     * @returns {Uint8Array}
     */
    say(content) {
        const ptr0 = passArray8ToWasm0(content, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.group_say(this.__wbg_ptr, ptr0, len0);
        if (ret[3]) {
            throw takeFromExternrefTable0(ret[2]);
        }
        var v2 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        return v2;
    }
    /**
     * Five groups of five digits.
     * @returns {string}
     */
    securityCode() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.group_securityCode(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * What all members agree on.
     * @returns {GroupState}
     */
    get state() {
        const ret = wasm.group_state(this.__wbg_ptr);
        return GroupState.__wrap(ret);
    }
    /**
     * A message that one person alone can read.
     * @param {string} to
     * @param {Uint8Array | number[]} content
     * @returns {Uint8Array}
     */
    whisper(to, content) {
        let ptr0, len0, ptr1, len1;
        try {
            ptr0 = passStringToWasm0(to, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
            len0 = WASM_VECTOR_LEN;
            ptr1 = passArray8ToWasm0(content, wasm.__wbindgen_malloc);
            len1 = WASM_VECTOR_LEN;
        } catch (e) {
            if (ptr1) { wasm.__wbindgen_free(ptr1, len1 * 1, 1); }
            if (ptr0) { wasm.__wbindgen_free(ptr0, len0 * 1, 1); }
            throw e;
        }
        const ret = wasm.group_whisper(this.__wbg_ptr, ptr0, len0, ptr1, len1);
        if (ret[3]) {
            throw takeFromExternrefTable0(ret[2]);
        }
        var v3 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        return v3;
    }
    /**
     * The server did not.
     */
    withdraw() {
        wasm.group_withdraw(this.__wbg_ptr);
    }
}
if (Symbol.dispose) Group.prototype[Symbol.dispose] = Group.prototype.free;

/**
 * What all members agree on.
 */
export class GroupState {
    static __wrap(ptr) {
        const obj = Object.create(GroupState.prototype);
        obj.__wbg_ptr = ptr;
        GroupStateFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        GroupStateFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_groupstate_free(ptr, 0);
    }
    /**
     * Whether the door is closed.
     * @returns {boolean}
     */
    get closed() {
        const ret = wasm.groupstate_closed(this.__wbg_ptr);
        return ret !== 0;
    }
    /**
     * The host's list.
     * @returns {string[]}
     */
    get coHosts() {
        const ret = wasm.groupstate_coHosts(this.__wbg_ptr);
        var v1 = getArrayJsValueFromWasm0(ret[0], ret[1]);
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
        return v1;
    }
    /**
     * Of a fresh group: nobody moderates beside the host.
     * @param {Uint8Array | number[]} host_key
     * @param {boolean} closed
     * @param {string} title
     */
    constructor(host_key, closed, title) {
        const val3 = +closed;
        let ptr0, len0, ptr1, len1;
        try {
            ptr0 = passArray8ToWasm0(host_key, wasm.__wbindgen_malloc);
            len0 = WASM_VECTOR_LEN;
            ptr1 = passStringToWasm0(title, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
            len1 = WASM_VECTOR_LEN;
        } catch (e) {
            if (ptr1) { wasm.__wbindgen_free(ptr1, len1 * 1, 1); }
            if (ptr0) { wasm.__wbindgen_free(ptr0, len0 * 1, 1); }
            throw e;
        }
        const ret = wasm.groupstate_new(ptr0, len0, val3, ptr1, len1);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        this.__wbg_ptr = ret[0];
        GroupStateFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * The number of the host's list of co-hosts.
     * @returns {number}
     */
    get sequence() {
        const ret = wasm.groupstate_sequence(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * The title.
     * @returns {string}
     */
    get title() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.groupstate_title(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * The same with another list of co-hosts, which the host key signed over [`co_hosts_text`].
     * @param {number} sequence
     * @param {string[]} identities
     * @param {Uint8Array | number[]} signature
     * @returns {GroupState}
     */
    withCoHosts(sequence, identities, signature) {
        const val3 = +sequence;
        let ptr0, len0, ptr1, len1;
        try {
            ptr0 = passArrayJsValueToWasm0(identities, wasm.__wbindgen_malloc);
            len0 = WASM_VECTOR_LEN;
            ptr1 = passArray8ToWasm0(signature, wasm.__wbindgen_malloc);
            len1 = WASM_VECTOR_LEN;
        } catch (e) {
            if (ptr1) { wasm.__wbindgen_free(ptr1, len1 * 1, 1); }
            if (ptr0) { wasm.__externref_drop_slice(ptr0, len0); wasm.__wbindgen_free(ptr0, len0 * 4, 4); }
            throw e;
        }
        const ret = wasm.groupstate_withCoHosts(this.__wbg_ptr, val3, ptr0, len0, ptr1, len1);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return GroupState.__wrap(ret[0]);
    }
    /**
     * The same with the door open or closed.
     * @param {boolean} closed
     * @returns {GroupState}
     */
    withDoor(closed) {
        const ret = wasm.groupstate_withDoor(this.__wbg_ptr, closed);
        return GroupState.__wrap(ret);
    }
}
if (Symbol.dispose) GroupState.prototype[Symbol.dispose] = GroupState.prototype.free;

/**
 * A message that was read.
 */
export class Heard {
    static __wrap(ptr) {
        const obj = Object.create(Heard.prototype);
        obj.__wbg_ptr = ptr;
        HeardFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        HeardFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_heard_free(ptr, 0);
    }
    /**
     * What.
     * @returns {Uint8Array}
     */
    get content() {
        const ret = wasm.__wbg_get_heard_content(this.__wbg_ptr);
        var v1 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        return v1;
    }
    /**
     * In which epoch.
     * @returns {number}
     */
    get epoch() {
        const ret = wasm.__wbg_get_heard_epoch(this.__wbg_ptr);
        return ret;
    }
    /**
     * Who said it.
     * @returns {string}
     */
    get from() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.__wbg_get_heard_from(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * As what.
     * @returns {string}
     */
    get role() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.__wbg_get_heard_role(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * Whether it was for this member alone.
     * @returns {boolean}
     */
    get whispered() {
        const ret = wasm.__wbg_get_heard_whispered(this.__wbg_ptr);
        return ret !== 0;
    }
    /**
     * What.
     * @param {Uint8Array | number[]} arg0
     */
    set content(arg0) {
        const ptr0 = passArray8ToWasm0(arg0, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_heard_content(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * In which epoch.
     * @param {number} arg0
     */
    set epoch(arg0) {
        wasm.__wbg_set_heard_epoch(this.__wbg_ptr, arg0);
    }
    /**
     * Who said it.
     * @param {string} arg0
     */
    set from(arg0) {
        const ptr0 = passStringToWasm0(arg0, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_heard_from(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * As what.
     * @param {string} arg0
     */
    set role(arg0) {
        const ptr0 = passStringToWasm0(arg0, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_heard_role(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * Whether it was for this member alone.
     * @param {boolean} arg0
     */
    set whispered(arg0) {
        wasm.__wbg_set_heard_whispered(this.__wbg_ptr, arg0);
    }
}
if (Symbol.dispose) Heard.prototype[Symbol.dispose] = Heard.prototype.free;

/**
 * A group that was entered by an external commit, which the server has yet to take.
 */
export class Joined {
    static __wrap(ptr) {
        const obj = Object.create(Joined.prototype);
        obj.__wbg_ptr = ptr;
        JoinedFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        JoinedFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_joined_free(ptr, 0);
    }
    /**
     * For the server.
     * @returns {CommitBundle}
     */
    bundle() {
        const ret = wasm.joined_bundle(this.__wbg_ptr);
        return CommitBundle.__wrap(ret);
    }
    /**
     * The group; once.
     * @returns {Group}
     */
    group() {
        const ret = wasm.joined_group(this.__wbg_ptr);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Group.__wrap(ret[0]);
    }
}
if (Symbol.dispose) Joined.prototype[Symbol.dispose] = Joined.prototype.free;

/**
 * A person who waits to be added.
 */
export class Knocker {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        KnockerFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_knocker_free(ptr, 0);
    }
    /**
     * To be sealed before it leaves.
     * @returns {Uint8Array}
     */
    keyPackage() {
        const ret = wasm.knocker_keyPackage(this.__wbg_ptr);
        var v1 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        return v1;
    }
    /**
     * `now` is in seconds since the Unix epoch.
     * @param {OwnLeaf} leaf
     * @param {LinkProof} link
     * @param {number} now
     */
    constructor(leaf, link, now) {
        _assertClass(link, LinkProof);
        const val2 = +now;
        _assertClass(leaf, OwnLeaf);
        var ptr0 = leaf.__destroy_into_raw();
        const ret = wasm.knocker_new(ptr0, link.__wbg_ptr, val2);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        this.__wbg_ptr = ret[0];
        KnockerFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Comes in after having been added.
     * @param {Uint8Array | number[]} host
     * @param {Uint8Array | number[]} welcome
     * @param {GroupState | null} [former]
     * @returns {Group}
     */
    welcome(host, welcome, former) {
        let ptr, ptr0, len0, ptr1, len1, ptr2 = 0;
        try {
            ptr = this.__destroy_into_raw();
            ptr0 = passArray8ToWasm0(host, wasm.__wbindgen_malloc);
            len0 = WASM_VECTOR_LEN;
            ptr1 = passArray8ToWasm0(welcome, wasm.__wbindgen_malloc);
            len1 = WASM_VECTOR_LEN;
            if (!isLikeNone(former)) {
                _assertClass(former, GroupState);
                ptr2 = former.__destroy_into_raw();
            }
        } catch (e) {
            if (ptr2) wasm.__wbg_groupstate_free(ptr2, 1);
            if (ptr1) { wasm.__wbindgen_free(ptr1, len1 * 1, 1); }
            if (ptr0) { wasm.__wbindgen_free(ptr0, len0 * 1, 1); }
            if (ptr) wasm.__wbg_knocker_free(ptr, 1);
            throw e;
        }
        const ret = wasm.knocker_welcome(ptr, ptr0, len0, ptr1, len1, ptr2);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Group.__wrap(ret[0]);
    }
}
if (Symbol.dispose) Knocker.prototype[Symbol.dispose] = Knocker.prototype.free;

/**
 * A leaf's keys before the identity has vouched for them.
 */
export class LeafDraft {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        LeafDraftFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_leafdraft_free(ptr, 0);
    }
    /**
     * Completes the leaf; `hostGrant` by those who hold the host key.
     * @param {Uint8Array | number[]} binding
     * @param {Uint8Array | number[] | null} [host_grant]
     * @returns {OwnLeaf}
     */
    bind(binding, host_grant) {
        let ptr, ptr0, len0, ptr1, len1;
        try {
            ptr = this.__destroy_into_raw();
            ptr0 = passArray8ToWasm0(binding, wasm.__wbindgen_malloc);
            len0 = WASM_VECTOR_LEN;
            ptr1 = isLikeNone(host_grant) ? 0 : passArray8ToWasm0(host_grant, wasm.__wbindgen_malloc);
            len1 = WASM_VECTOR_LEN;
        } catch (e) {
            if (ptr1) { wasm.__wbindgen_free(ptr1, len1 * 1, 1); }
            if (ptr0) { wasm.__wbindgen_free(ptr0, len0 * 1, 1); }
            if (ptr) wasm.__wbg_leafdraft_free(ptr, 1);
            throw e;
        }
        const ret = wasm.leafdraft_bind(ptr, ptr0, len0, ptr1, len1);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return OwnLeaf.__wrap(ret[0]);
    }
    /**
     * What the identity has to sign.
     * @returns {Uint8Array}
     */
    bindingText() {
        const ret = wasm.leafdraft_bindingText(this.__wbg_ptr);
        var v1 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        return v1;
    }
    /**
     * `identity` is base64url, `seed` 32 random bytes.
     * @param {string} meeting
     * @param {string} identity
     * @param {Uint8Array | number[]} seed
     */
    constructor(meeting, identity, seed) {
        let ptr0, len0, ptr1, len1, ptr2, len2;
        try {
            ptr0 = passStringToWasm0(meeting, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
            len0 = WASM_VECTOR_LEN;
            ptr1 = passStringToWasm0(identity, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
            len1 = WASM_VECTOR_LEN;
            ptr2 = passArray8ToWasm0(seed, wasm.__wbindgen_malloc);
            len2 = WASM_VECTOR_LEN;
        } catch (e) {
            if (ptr2) { wasm.__wbindgen_free(ptr2, len2 * 1, 1); }
            if (ptr1) { wasm.__wbindgen_free(ptr1, len1 * 1, 1); }
            if (ptr0) { wasm.__wbindgen_free(ptr0, len0 * 1, 1); }
            throw e;
        }
        const ret = wasm.leafdraft_new(ptr0, len0, ptr1, len1, ptr2, len2);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        this.__wbg_ptr = ret[0];
        LeafDraftFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
}
if (Symbol.dispose) LeafDraft.prototype[Symbol.dispose] = LeafDraft.prototype.free;

/**
 * What the group needs of a link.
 */
export class LinkProof {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        LinkProofFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_linkproof_free(ptr, 0);
    }
    /**
     * The external PSK, and the hash of the admission token.
     * @param {Uint8Array | number[]} psk
     * @param {Uint8Array | number[]} id
     */
    constructor(psk, id) {
        let ptr0, len0, ptr1, len1;
        try {
            ptr0 = passArray8ToWasm0(psk, wasm.__wbindgen_malloc);
            len0 = WASM_VECTOR_LEN;
            ptr1 = passArray8ToWasm0(id, wasm.__wbindgen_malloc);
            len1 = WASM_VECTOR_LEN;
        } catch (e) {
            if (ptr1) { wasm.__wbindgen_free(ptr1, len1 * 1, 1); }
            if (ptr0) { wasm.__wbindgen_free(ptr0, len0 * 1, 1); }
            throw e;
        }
        const ret = wasm.linkproof_new(ptr0, len0, ptr1, len1);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        this.__wbg_ptr = ret[0];
        LinkProofFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
}
if (Symbol.dispose) LinkProof.prototype[Symbol.dispose] = LinkProof.prototype.free;

/**
 * What media is encrypted with in an epoch.
 */
export class MediaKey {
    static __wrap(ptr) {
        const obj = Object.create(MediaKey.prototype);
        obj.__wbg_ptr = ptr;
        MediaKeyFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        MediaKeyFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_mediakey_free(ptr, 0);
    }
    /**
     * 16 bytes.
     * @returns {Uint8Array}
     */
    get base() {
        const ret = wasm.__wbg_get_mediakey_base(this.__wbg_ptr);
        var v1 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        return v1;
    }
    /**
     * The epoch.
     * @returns {number}
     */
    get epoch() {
        const ret = wasm.__wbg_get_mediakey_epoch(this.__wbg_ptr);
        return ret;
    }
    /**
     * One's own leaf.
     * @returns {number}
     */
    get leaf() {
        const ret = wasm.__wbg_get_mediakey_leaf(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * 16 bytes.
     * @param {Uint8Array | number[]} arg0
     */
    set base(arg0) {
        const ptr0 = passArray8ToWasm0(arg0, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_mediakey_base(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * The epoch.
     * @param {number} arg0
     */
    set epoch(arg0) {
        wasm.__wbg_set_mediakey_epoch(this.__wbg_ptr, arg0);
    }
    /**
     * One's own leaf.
     * @param {number} arg0
     */
    set leaf(arg0) {
        wasm.__wbg_set_mediakey_leaf(this.__wbg_ptr, arg0);
    }
}
if (Symbol.dispose) MediaKey.prototype[Symbol.dispose] = MediaKey.prototype.free;

/**
 * One's own place. Used up by entering a group.
 */
export class OwnLeaf {
    static __wrap(ptr) {
        const obj = Object.create(OwnLeaf.prototype);
        obj.__wbg_ptr = ptr;
        OwnLeafFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        OwnLeafFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_ownleaf_free(ptr, 0);
    }
}
if (Symbol.dispose) OwnLeaf.prototype[Symbol.dispose] = OwnLeaf.prototype.free;

/**
 * A line of the roster.
 */
export class RosterEntry {
    static __wrap(ptr) {
        const obj = Object.create(RosterEntry.prototype);
        obj.__wbg_ptr = ptr;
        RosterEntryFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        RosterEntryFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_rosterentry_free(ptr, 0);
    }
    /**
     * Who.
     * @returns {string}
     */
    get identity() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.__wbg_get_rosterentry_identity(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * Their leaf.
     * @returns {number}
     */
    get leaf() {
        const ret = wasm.__wbg_get_rosterentry_leaf(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * `host`, `co_host` or `participant`.
     * @returns {string}
     */
    get role() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.__wbg_get_rosterentry_role(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * Who.
     * @param {string} arg0
     */
    set identity(arg0) {
        const ptr0 = passStringToWasm0(arg0, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_rosterentry_identity(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * Their leaf.
     * @param {number} arg0
     */
    set leaf(arg0) {
        wasm.__wbg_set_rosterentry_leaf(this.__wbg_ptr, arg0);
    }
    /**
     * `host`, `co_host` or `participant`.
     * @param {string} arg0
     */
    set role(arg0) {
        const ptr0 = passStringToWasm0(arg0, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_rosterentry_role(this.__wbg_ptr, ptr0, len0);
    }
}
if (Symbol.dispose) RosterEntry.prototype[Symbol.dispose] = RosterEntry.prototype.free;

/**
 * What the host key signs to make a list of co-hosts.
 * @param {string} meeting
 * @param {number} sequence
 * @param {string[]} identities
 * @returns {Uint8Array}
 */
export function coHostsText(meeting, sequence, identities) {
    const val3 = +sequence;
    let ptr0, len0, ptr1, len1;
    try {
        ptr0 = passStringToWasm0(meeting, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        len0 = WASM_VECTOR_LEN;
        ptr1 = passArrayJsValueToWasm0(identities, wasm.__wbindgen_malloc);
        len1 = WASM_VECTOR_LEN;
    } catch (e) {
        if (ptr1) { wasm.__externref_drop_slice(ptr1, len1); wasm.__wbindgen_free(ptr1, len1 * 4, 4); }
        if (ptr0) { wasm.__wbindgen_free(ptr0, len0 * 1, 1); }
        throw e;
    }
    const ret = wasm.coHostsText(ptr0, len0, val3, ptr1, len1);
    if (ret[3]) {
        throw takeFromExternrefTable0(ret[2]);
    }
    var v4 = getArrayU8FromWasm0(ret[0], ret[1]).slice();
    wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
    return v4;
}
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_Error_208446807d0d1e30: function(arg0, arg1) {
            const ret = Error(getStringFromWasm0(arg0, arg1));
            return ret;
        },
        __wbg___wbindgen_is_function_741ff2bb612836f5: function(arg0) {
            const ret = typeof(arg0) === 'function';
            return ret;
        },
        __wbg___wbindgen_is_object_8b968c3ab8e96595: function(arg0) {
            const val = arg0;
            const ret = typeof(val) === 'object' && val !== null;
            return ret;
        },
        __wbg___wbindgen_is_string_fc456fee5d3317de: function(arg0) {
            const ret = typeof(arg0) === 'string';
            return ret;
        },
        __wbg___wbindgen_is_undefined_be5b34249ff1fc15: function(arg0) {
            const ret = arg0 === undefined;
            return ret;
        },
        __wbg___wbindgen_string_get_7ce8eee7fd327545: function(arg0, arg1) {
            const obj = arg1;
            const ret = typeof(obj) === 'string' ? obj : undefined;
            var ptr1 = isLikeNone(ret) ? 0 : passStringToWasm0(ret, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
            var len1 = WASM_VECTOR_LEN;
            getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 1, len1, true);
            getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 0, ptr1, true);
        },
        __wbg___wbindgen_throw_4c88d8bf264fd984: function(arg0, arg1) {
            throw new Error(getStringFromWasm0(arg0, arg1));
        },
        __wbg_call_a410eb4b59ed5965: function() { return handleError(function (arg0, arg1, arg2) {
            const ret = arg0.call(arg1, arg2);
            return ret;
        }, arguments); },
        __wbg_crypto_23f565a907d30078: function(arg0) {
            const ret = arg0.crypto;
            return ret;
        },
        __wbg_getRandomValues_8b6f1f663e6f188d: function() { return handleError(function (arg0, arg1) {
            globalThis.crypto.getRandomValues(getArrayU8FromWasm0(arg0, arg1));
        }, arguments); },
        __wbg_getRandomValues_d2908e0b99612b91: function() { return handleError(function (arg0, arg1) {
            arg0.getRandomValues(arg1);
        }, arguments); },
        __wbg_length_186163212ffe79c3: function(arg0) {
            const ret = arg0.length;
            return ret;
        },
        __wbg_msCrypto_d5f06fad6bf1409b: function(arg0) {
            const ret = arg0.msCrypto;
            return ret;
        },
        __wbg_new_with_length_01b143a7e5dd5a3e: function(arg0) {
            const ret = new Uint8Array(arg0 >>> 0);
            return ret;
        },
        __wbg_node_86166ff8ce1f2002: function(arg0) {
            const ret = arg0.node;
            return ret;
        },
        __wbg_now_463ac581d2fc7ea3: function() {
            const ret = Date.now();
            return ret;
        },
        __wbg_process_91f425a63f58e399: function(arg0) {
            const ret = arg0.process;
            return ret;
        },
        __wbg_prototypesetcall_13162965d1fe7aa3: function(arg0, arg1, arg2) {
            Uint8Array.prototype.set.call(getArrayU8FromWasm0(arg0, arg1), arg2);
        },
        __wbg_randomFillSync_34b023059e3363de: function() { return handleError(function (arg0, arg1) {
            arg0.randomFillSync(arg1);
        }, arguments); },
        __wbg_require_9a7d8cc2e1d275c0: function() { return handleError(function () {
            const ret = module.require;
            return ret;
        }, arguments); },
        __wbg_rosterentry_new: function(arg0) {
            const ret = RosterEntry.__wrap(arg0);
            return ret;
        },
        __wbg_static_accessor_GLOBAL_THIS_003ee833af9699fc: function() {
            const ret = typeof globalThis === 'undefined' ? undefined : globalThis;
            return isLikeNone(ret) ? 0 : addToExternrefTable0(ret);
        },
        __wbg_static_accessor_GLOBAL_e4293fb22cbe77da: function() {
            const ret = typeof global === 'undefined' ? undefined : global;
            return isLikeNone(ret) ? 0 : addToExternrefTable0(ret);
        },
        __wbg_static_accessor_SELF_53bb20457401453d: function() {
            const ret = typeof self === 'undefined' ? undefined : self;
            return isLikeNone(ret) ? 0 : addToExternrefTable0(ret);
        },
        __wbg_static_accessor_WINDOW_b5e0810bfecb7feb: function() {
            const ret = typeof window === 'undefined' ? undefined : window;
            return isLikeNone(ret) ? 0 : addToExternrefTable0(ret);
        },
        __wbg_subarray_58f388a9247ac0bb: function(arg0, arg1, arg2) {
            const ret = arg0.subarray(arg1 >>> 0, arg2 >>> 0);
            return ret;
        },
        __wbg_versions_6e128a981b0df859: function(arg0) {
            const ret = arg0.versions;
            return ret;
        },
        __wbindgen_generic_0000000000000001: function(arg0, arg1) {
            // Cast intrinsic for `Ref(Slice(U8)) -> NamedExternref("Uint8Array")`.
            const ret = getArrayU8FromWasm0(arg0, arg1);
            return ret;
        },
        __wbindgen_generic_0000000000000002: function(arg0, arg1) {
            // Cast intrinsic for `Ref(String) -> Externref`.
            const ret = getStringFromWasm0(arg0, arg1);
            return ret;
        },
        __wbindgen_init_externref_table: function() {
            const table = wasm.__wbindgen_externrefs;
            table.set(0, undefined);
            table.set(1024, undefined);
            table.set(1025, null);
            table.set(1026, true);
            table.set(1027, false);
        },
    };
    return {
        __proto__: null,
        "./group_bg.js": import0,
    };
}

const ApplicantFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_applicant_free(ptr, 1));
const ChangeFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_change_free(ptr, 1));
const CommitBundleFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_commitbundle_free(ptr, 1));
const GroupFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_group_free(ptr, 1));
const GroupStateFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_groupstate_free(ptr, 1));
const HeardFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_heard_free(ptr, 1));
const JoinedFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_joined_free(ptr, 1));
const KnockerFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_knocker_free(ptr, 1));
const LeafDraftFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_leafdraft_free(ptr, 1));
const LinkProofFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_linkproof_free(ptr, 1));
const MediaKeyFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_mediakey_free(ptr, 1));
const OwnLeafFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_ownleaf_free(ptr, 1));
const RosterEntryFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_rosterentry_free(ptr, 1));

function addToExternrefTable0(obj) {
    const idx = wasm.__externref_table_alloc();
    wasm.__wbindgen_externrefs.set(idx, obj);
    return idx;
}

function _assertClass(instance, klass) {
    if (!(instance instanceof klass)) {
        throw new Error(`expected instance of ${klass.name}`);
    }
}

function getArrayJsValueFromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    const mem = getDataViewMemory0();
    const result = [];
    for (let i = ptr; i < ptr + 4 * len; i += 4) {
        result.push(wasm.__wbindgen_externrefs.get(mem.getUint32(i, true)));
    }
    wasm.__externref_drop_slice(ptr, len);
    return result;
}

function getArrayU8FromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return getUint8ArrayMemory0().subarray(ptr / 1, ptr / 1 + len);
}

let cachedDataViewMemory0 = null;
function getDataViewMemory0() {
    if (cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.memory.buffer)) {
        cachedDataViewMemory0 = new DataView(wasm.memory.buffer);
    }
    return cachedDataViewMemory0;
}

function getStringFromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return decodeText(getUint8ArrayMemory0().subarray(ptr, ptr + len));
}

let cachedUint8ArrayMemory0 = null;
function getUint8ArrayMemory0() {
    if (cachedUint8ArrayMemory0 === null || cachedUint8ArrayMemory0.byteLength === 0) {
        cachedUint8ArrayMemory0 = new Uint8Array(wasm.memory.buffer);
    }
    return cachedUint8ArrayMemory0;
}

function handleError(f, args) {
    try {
        return f.apply(this, args);
    } catch (e) {
        const idx = addToExternrefTable0(e);
        wasm.__wbindgen_exn_store(idx);
    }
}

function isLikeNone(x) {
    return x === undefined || x === null;
}

function passArray8ToWasm0(arg, malloc) {
    const ptr = malloc(arg.length * 1, 1) >>> 0;
    getUint8ArrayMemory0().set(arg, ptr / 1);
    WASM_VECTOR_LEN = arg.length;
    return ptr;
}

function passArrayJsValueToWasm0(array, malloc) {
    const ptr = malloc(array.length * 4, 4) >>> 0;
    for (let i = 0; i < array.length; i++) {
        const add = addToExternrefTable0(array[i]);
        getDataViewMemory0().setUint32(ptr + 4 * i, add, true);
    }
    WASM_VECTOR_LEN = array.length;
    return ptr;
}

function passStringToWasm0(arg, malloc, realloc) {
    if (realloc === undefined) {
        const buf = cachedTextEncoder.encode(arg);
        const ptr = malloc(buf.length, 1) >>> 0;
        getUint8ArrayMemory0().subarray(ptr, ptr + buf.length).set(buf);
        WASM_VECTOR_LEN = buf.length;
        return ptr;
    }

    let len = arg.length;
    let ptr = malloc(len, 1) >>> 0;

    const mem = getUint8ArrayMemory0();

    let offset = 0;

    for (; offset < len; offset++) {
        const code = arg.charCodeAt(offset);
        if (code > 0x7F) break;
        mem[ptr + offset] = code;
    }
    if (offset !== len) {
        if (offset !== 0) {
            arg = arg.slice(offset);
        }
        ptr = realloc(ptr, len, len = offset + arg.length * 3, 1) >>> 0;
        const view = getUint8ArrayMemory0().subarray(ptr + offset, ptr + len);
        const ret = cachedTextEncoder.encodeInto(arg, view);

        offset += ret.written;
        ptr = realloc(ptr, len, offset, 1) >>> 0;
    }

    WASM_VECTOR_LEN = offset;
    return ptr;
}

function takeFromExternrefTable0(idx) {
    const value = wasm.__wbindgen_externrefs.get(idx);
    wasm.__externref_table_dealloc(idx);
    return value;
}

let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
cachedTextDecoder.decode();
const MAX_SAFARI_DECODE_BYTES = 2146435072;
let numBytesDecoded = 0;
function decodeText(bytes) {
    numBytesDecoded += bytes.length;
    if (numBytesDecoded >= MAX_SAFARI_DECODE_BYTES) {
        cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
        cachedTextDecoder.decode();
        numBytesDecoded = bytes.length;
    }
    return cachedTextDecoder.decode(bytes);
}

const cachedTextEncoder = new TextEncoder();

if (!('encodeInto' in cachedTextEncoder)) {
    cachedTextEncoder.encodeInto = function (arg, view) {
        const buf = cachedTextEncoder.encode(arg);
        view.set(buf);
        return {
            read: arg.length,
            written: buf.length
        };
    };
}

let WASM_VECTOR_LEN = 0;

let wasmModule, wasmInstance, wasm;
function __wbg_finalize_init(instance, module) {
    wasmInstance = instance;
    wasm = instance.exports;
    wasmModule = module;
    cachedDataViewMemory0 = null;
    cachedUint8ArrayMemory0 = null;
    wasm.__wbindgen_start();
    return wasm;
}

async function __wbg_load(module, imports) {
    if (typeof Response === 'function' && module instanceof Response) {
        if (!module.ok) {
            throw new Error(`failed to fetch Wasm: ${module.status} ${module.statusText} fetching '${module.url}'`);
        }

        if (typeof WebAssembly.instantiateStreaming === 'function') {
            try {
                return await WebAssembly.instantiateStreaming(module, imports);
            } catch (e) {
                const validResponse = expectedResponseType(module.type);

                if (validResponse && module.headers.get('Content-Type') !== 'application/wasm') {
                    console.warn("`WebAssembly.instantiateStreaming` failed because your server does not serve Wasm with `application/wasm` MIME type. Falling back to `WebAssembly.instantiate` which is slower. Original error:\n", e);

                } else { throw e; }
            }
        }

        const bytes = await module.arrayBuffer();
        return await WebAssembly.instantiate(bytes, imports);
    } else {
        const instance = await WebAssembly.instantiate(module, imports);

        if (instance instanceof WebAssembly.Instance) {
            return { instance, module };
        } else {
            return instance;
        }
    }

    function expectedResponseType(type) {
        switch (type) {
            case 'basic': case 'cors': case 'default': return true;
        }
        return false;
    }
}

function initSync(module) {
    if (wasm !== undefined) return wasm;


    if (module !== undefined) {
        if (Object.getPrototypeOf(module) === Object.prototype) {
            ({module} = module)
        } else {
            console.warn('using deprecated parameters for `initSync()`; pass a single object instead')
        }
    }

    const imports = __wbg_get_imports();
    if (!(module instanceof WebAssembly.Module)) {
        module = new WebAssembly.Module(module);
    }
    const instance = new WebAssembly.Instance(module, imports);
    return __wbg_finalize_init(instance, module);
}

let __wbg_init_promise;
async function __wbg_init(module_or_path) {
    if (wasm !== undefined) return wasm;
    if (__wbg_init_promise === undefined) {
        __wbg_init_promise = __wbg_init_once(module_or_path);
        __wbg_init_promise.catch(() => { __wbg_init_promise = undefined; });
    }
    return __wbg_init_promise;
}

async function __wbg_init_once(module_or_path) {

    if (module_or_path !== undefined) {
        if (Object.getPrototypeOf(module_or_path) === Object.prototype) {
            ({module_or_path} = module_or_path)
        } else {
            console.warn('using deprecated parameters for the initialization function; pass a single object instead')
        }
    }


    const imports = __wbg_get_imports();

    if (typeof module_or_path === 'string' || (typeof Request === 'function' && module_or_path instanceof Request) || (typeof URL === 'function' && module_or_path instanceof URL)) {
        module_or_path = fetch(module_or_path);
    }

    const { instance, module } = await __wbg_load(await module_or_path, imports);

    return __wbg_finalize_init(instance, module);
}

export { initSync, __wbg_init as default };

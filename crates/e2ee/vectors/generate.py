"""Writes link.json: the vectors that the Rust and the TypeScript derivations are tested against.

This is a third implementation, on the libraries `cryptography` and `argon2-cffi`, so that the other two cannot agree on
one mistake. Run it where the derivations change, which needs a new protocol version:

    pip install cryptography argon2-cffi
    python3 crates/e2ee/vectors/generate.py
"""

import base64
import hashlib
import hmac
import json
import pathlib
import unicodedata

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

RECOVERY_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def some(length: int, label: str) -> bytes:
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_128(label.encode()).digest(length)


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def expand(prk: bytes, info: str) -> bytes:
    """One block of RFC 5869's expansion, which is all that 32 bytes need."""
    return hmac.new(prk, info.encode() + b"\x01", hashlib.sha256).digest()


def argon2id(password: str, salt: bytes) -> bytes:
    normal = unicodedata.normalize("NFKC", password).encode()
    return hash_secret_raw(normal, salt, time_cost=3, memory_cost=65536, parallelism=1, hash_len=32, type=Type.ID)


def derivation(about: str, meeting: str, secret: bytes, password: str | None) -> dict:
    ikm = secret
    if password is not None:
        salt = hashlib.sha256(b"incamera/1 password\0" + meeting.encode() + b"\0" + secret).digest()[:16]
        ikm += argon2id(password, salt)
    prk = extract(b"incamera/1 meeting\0" + meeting.encode(), ikm)
    token = expand(prk, "incamera/1 admission")
    return {
        "about": about,
        "meeting": meeting,
        "secret": text(secret),
        "password": password,
        "admissionToken": text(token),
        "admissionHash": text(hashlib.sha256(token).digest()),
        "envelopeKey": text(expand(prk, "incamera/1 envelope")),
        "externalPsk": text(expand(prk, "incamera/1 psk")),
        "knockKey": text(expand(prk, "incamera/1 knock")),
    }


def pad(plain: bytes) -> bytes:
    size = 64
    while size < len(plain) + 1:
        size *= 2
    return plain + b"\x80" + bytes(size - len(plain) - 1)


def gcm(key: bytes, nonce: bytes, aad: bytes, padded: bytes) -> bytes:
    return nonce + AESGCM(key).encrypt(nonce, padded, aad)


def associated(label: str, meeting: str, identity: bytes | None) -> bytes:
    return label.encode() + b"\0" + meeting.encode() + (b"" if identity is None else b"\0" + identity)


def envelope(key: bytes, label: str, meeting: str, plain: str, identity: bytes | None = None) -> dict:
    nonce = some(12, f"nonce {label} {len(plain)}")
    sealed = gcm(key, nonce, associated(label, meeting, identity), pad(plain.encode()))
    return {
        "key": text(key),
        "label": label,
        "identity": None if identity is None else text(identity),
        "meeting": meeting,
        "nonce": text(nonce),
        "plaintext": plain,
        "sealed": text(sealed),
    }


def public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def signed(seed: bytes, message: bytes) -> dict:
    return {
        "seed": text(seed),
        "hostKey": text(public(seed)),
        "message": text(message),
        "signature": text(Ed25519PrivateKey.from_private_bytes(seed).sign(message)),
    }


def grant(seed: bytes, meeting: str, role: str, identity: bytes) -> dict:
    message = b"incamera/1 grant\0" + meeting.encode() + b"\0" + role.encode() + b"\0" + identity
    return {"meeting": meeting, "role": role, "identity": text(identity), **signed(seed, message)}


def recovery_text(code: bytes) -> str:
    bits = int.from_bytes(code)
    letters = "".join(RECOVERY_ALPHABET[bits >> shift & 31] for shift in range(155, -1, -5)).upper()
    return "-".join(letters[at : at + 4] for at in range(0, 32, 4))


def main() -> None:
    meeting, other = "abcdefghijklmnop", "qrstuvwxyz234567"
    secret, seed = some(16, "secret"), some(32, "seed")
    key, identity = some(32, "envelope key"), some(32, "identity")
    host_hash = hashlib.sha256(public(seed)).digest()[:16]
    salt, code, wrapping = some(16, "salt"), some(20, "code"), some(32, "wrapping key")
    root = extract(b"", argon2id("correct horse battery staple", salt))
    right = envelope(key, "name", meeting, "Ada", identity)
    aad = associated("name", meeting, identity)
    unbound = gcm(key, some(12, "unbound"), associated("name", meeting, None), pad(b"Ada"))
    nonce = some(12, "bad padding")
    tampered = bytearray(base64.urlsafe_b64decode(right["sealed"] + "=="))
    tampered[-1] ^= 1
    held = '{"meeting":"abcdefghijklmnop","sequence":7}'
    vectors = {
        "about": "Written by generate.py. Bytes are unpadded base64url.",
        "links": [
            {
                "meeting": meeting,
                "secret": text(secret),
                "hostKey": text(public(seed)),
                "hostHash": text(host_hash),
                "password": password,
                "fragment": f"{text(secret)}.{text(host_hash)}" + (".p" if password else ""),
            }
            for password in (False, True)
        ],
        "derivations": [
            derivation("no password", meeting, secret, None),
            derivation("another meeting", other, secret, None),
            derivation("a password", meeting, secret, "correct horse battery staple"),
            derivation("an empty password is not no password", meeting, secret, ""),
            derivation("composed letters", meeting, secret, "Caf\u00e9 \u212b\ufb01"),
            derivation("the same, decomposed: NFKC makes them one", meeting, secret, "Cafe\u0301 A\u030afi"),
        ],
        "envelopes": [
            right,
            envelope(key, "title", meeting, ""),
            envelope(key, "record", meeting, "x" * 63),
            envelope(key, "record", meeting, "x" * 64),
            envelope(key, "title", other, "Grüße, 你好 👋 " * 20),
            envelope(key, "record", meeting, '{"title":"Parents\' evening"}'),
        ],
        "badEnvelopes": [
            {**right, "why": "another key", "key": text(some(32, "another key"))},
            {**right, "why": "another purpose", "label": "title", "identity": None},
            {**right, "why": "another person", "identity": text(some(32, "another identity"))},
            {**right, "why": "a name that is nobody's", "sealed": text(unbound)},
            {**right, "why": "another meeting", "meeting": other},
            {**right, "why": "a changed bit", "sealed": text(bytes(tampered))},
            {**right, "why": "cut short", "sealed": right["sealed"][:32]},
            {**right, "why": "empty", "sealed": ""},
            {**right, "why": "no padding mark", "sealed": text(gcm(key, nonce, aad, bytes(64)))},
            {**right, "why": "a wrong padding mark", "sealed": text(gcm(key, nonce, aad, b"Ada\x81" + bytes(60)))},
        ],
        "grants": [grant(seed, meeting, role, identity) for role in ("host", "co_host", "participant")],
        "held": {"text": held, **signed(seed, b"incamera/1 held\0" + held.encode())},
        "account": {
            "password": "correct horse battery staple",
            "salt": text(salt),
            "signInKey": text(expand(root, "incamera/1 sign-in")),
            "wrappingKey": text(expand(root, "incamera/1 wrap")),
        },
        "recovery": {
            "code": text(code),
            "text": recovery_text(code),
            "wrappingKey": text(expand(extract(b"", code), "incamera/1 recovery")),
        },
        "hostKey": {
            "seed": text(seed),
            "storageKey": text(expand(extract(b"", seed), "incamera/1 storage")),
            "wrappingKey": text(wrapping),
            "nonce": text(some(12, "wrap nonce")),
            "wrapped": text(gcm(wrapping, some(12, "wrap nonce"), b"incamera/1 host key", seed)),
        },
    }
    for bad in vectors["badEnvelopes"]:
        del bad["nonce"], bad["plaintext"]
    path = pathlib.Path(__file__).with_name("link.json")
    path.write_text(json.dumps(vectors, indent=2, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()

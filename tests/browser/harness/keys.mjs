// OpenPGP as somebody who is invited has it.

// The page's own library; `cargo xtask test` has installed it.
import * as openpgp from '../../../web/node_modules/openpgp/dist/node/openpgp.min.mjs';

/** A new key pair, the public half armored. */
export async function newKeys(name) {
  const { privateKey, publicKey } = await openpgp.generateKey({
    userIDs: [{ name }],
    // No clock of this machine is ahead of another.
    date: new Date(Date.now() - 60_000),
    format: 'object',
  });
  return { privateKey, publicKey: publicKey.armor() };
}

/** What an invitation says; throws unless it is for this key and signed by the other. */
export async function openInvitation(armored, privateKey, signer) {
  const { data } = await openpgp.decrypt({
    message: await openpgp.readMessage({ armoredMessage: armored }),
    decryptionKeys: privateKey,
    verificationKeys: await openpgp.readKey({ armoredKey: signer }),
    expectSigned: true,
  });
  return data;
}

// Whether this browser can do what a meeting needs, found out before anything is asked of the person.

import { canEncrypt } from '../sframe/support';
import type { Missing } from '../state/model';

export async function missing(): Promise<Missing | null> {
  if (!globalThis.isSecureContext) return 'secure_context';
  if (typeof RTCPeerConnection === 'undefined' || !('addTransceiver' in RTCPeerConnection.prototype))
    return 'webrtc';
  if (!canEncrypt()) return 'encryption';
  if (!navigator.mediaDevices?.getUserMedia) return 'devices';
  return (await knowsEd25519()) ? null : 'cryptography';
}

async function knowsEd25519(): Promise<boolean> {
  try {
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    return true;
  } catch {
    return false;
  }
}

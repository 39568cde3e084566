// Where a network lets no UDP through, media goes over TLS to the page's own host and port: by TURN (B3).

import type { ServerMessage } from '../generated/protocol';
import type { Address } from './address';

export type RelayAccess = Omit<Extract<ServerMessage, { type: 'relay' }>, 'type'>;

/** For the browser, which takes to it last: a direct way has the higher priority (RFC 8445, 5.1.2). */
export function iceServers({ origin }: Address, access: RelayAccess | null): RTCIceServer[] {
  if (!access) return [];
  const { hostname, port } = new URL(origin);
  const urls = `turns:${hostname}:${port || '443'}?transport=tcp`;
  return [{ urls, username: access.user, credential: access.password }];
}

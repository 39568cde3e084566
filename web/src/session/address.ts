// The page's address: read at the start, and replaced when the link changes, so that a reload finds the way back.

export interface Address {
  readonly origin: string;
  readonly path: string;
  readonly fragment: string;
  replace(address: string): void;
}

export const browserAddress: Address = {
  get origin() {
    return location.origin;
  },
  get path() {
    return location.pathname;
  },
  get fragment() {
    return location.hash;
  },
  replace: (address) => history.replaceState(null, '', address),
};

/** Where signalling is, on the page's own origin. */
export function socketUrl({ origin }: Address): string {
  return `${origin.replace(/^http/, 'ws')}/api/ws`;
}

//! The SFU: tracks, subscriptions, layers and rewriting behind one UDP port; no sockets, no clock.

// Stands between a page and the server on their way for media, and keeps the header of every RTP packet that goes by:
// what anybody on the way sees. Other than listening on a network interface, that needs no rights.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseRtp } from './rtp.mjs';

const HERE = '127.0.0.1';

export class Relay {
  #front = createSocket('udp4');
  /** One for each address of the page's browser, so that the server can tell them apart. */
  #backs = new Map();
  /** From the page, and to it, in the order of their coming. */
  up = [];
  down = [];

  /** To a port of this machine. */
  static async to(port) {
    const relay = new Relay();
    relay.#front.on('message', (datagram, { port: from }) => {
      keep(relay.up, datagram);
      relay.#back(from).send(datagram, port, HERE);
    });
    relay.#front.bind(0, HERE);
    await once(relay.#front, 'listening');
    return relay;
  }

  get port() {
    return this.#front.address().port;
  }

  #back(page) {
    let back = this.#backs.get(page);
    if (!back) {
      back = createSocket('udp4').on('message', (datagram) => {
        keep(this.down, datagram);
        this.#front.send(datagram, page, HERE);
      });
      this.#backs.set(page, back);
    }
    return back;
  }

  close() {
    for (const socket of [this.#front, ...this.#backs.values()]) socket.close();
  }
}

function keep(packets, datagram) {
  const packet = parseRtp(datagram);
  if (packet) packets.push(packet);
}

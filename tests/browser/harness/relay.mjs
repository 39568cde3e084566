// Stands between a page and the server on their way for media, and keeps the header of every RTP packet that goes by:
// what anybody on the way sees. Other than listening on a network interface, that needs no rights. It can also be a bad
// path: see `impair`.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Impairment } from './impairment.mjs';
import { parseRtp } from './rtp.mjs';

const HERE = '127.0.0.1';

export class Relay {
  #front = createSocket('udp4');
  /** One for each address of the page's browser, so that the server can tell them apart. */
  #backs = new Map();
  /** From the page, and to it, in the order of their coming. */
  up = [];
  down = [];
  #ways = { up: new Impairment(1), down: new Impairment(2) };

  /** To a port of this machine. */
  static async to(port) {
    const relay = new Relay();
    relay.#front.on('message', (datagram, { port: from }) => {
      keep(relay.up, datagram);
      const back = relay.#back(from);
      relay.#ways.up.pass(datagram, (datagram) => back.send(datagram, port, HERE));
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
        this.#ways.down.pass(datagram, (datagram) => this.#front.send(datagram, page, HERE));
      });
      this.#backs.set(page, back);
    }
    return back;
  }

  /** From now on the path is as bad as this, from the page and to it: see `Impairment`. */
  impair({ up = {}, down = {} }) {
    this.#ways.up.change(up);
    this.#ways.down.change(down);
  }

  close() {
    for (const way of Object.values(this.#ways)) way.close();
    for (const socket of [this.#front, ...this.#backs.values()]) socket.close();
  }
}

function keep(packets, datagram) {
  const packet = parseRtp(datagram);
  if (packet) packets.push(packet);
}

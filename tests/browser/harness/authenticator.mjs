// A device that keeps passkeys, made by Chromium (WebDriver extension of WebAuthn Level 3, section 11): it confirms by itself.

export class VirtualAuthenticator {
  #session;
  #id;

  /**
   * Plugged into this tab. `prf`: whether its passkeys give a secret; `verifies`: whether it can tell whose finger it is.
   */
  static async plugInto(tab, { prf = true, verifies = true } = {}) {
    const device = new VirtualAuthenticator();
    device.#session = await tab.page.context().newCDPSession(tab.page);
    await device.#session.send('WebAuthn.enable');
    const { authenticatorId } = await device.#session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: verifies,
        hasPrf: prf,
        isUserVerified: verifies,
        automaticPresenceSimulation: true,
      },
    });
    device.#id = authenticatorId;
    return device;
  }

  /** As when somebody else holds it. */
  async setVerified(isUserVerified) {
    await this.#session.send('WebAuthn.setUserVerified', { authenticatorId: this.#id, isUserVerified });
  }

  /** What it keeps. */
  async credentials() {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', {
      authenticatorId: this.#id,
    });
    return credentials;
  }

  /** Lost, with all that is on it. */
  async unplug() {
    await this.#session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.#id });
  }
}

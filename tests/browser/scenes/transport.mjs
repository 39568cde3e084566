// What every answer of the server carries, and what it will not speak (I2, P4).

import assert from 'node:assert/strict';
import { request } from 'node:https';
import { connect } from 'node:tls';
import { scene } from '../harness/stage.mjs';

function get(origin, path) {
  return new Promise((resolve, reject) => {
    request(`${origin}${path}`, { rejectUnauthorized: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer));
    })
      .on('error', reject)
      .end();
  });
}

function handshake(origin, options) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port, rejectUnauthorized: false, ...options }, () => {
      resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().standardName });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

scene('every answer carries the security headers', async (stage) => {
  const { origin } = stage.server;
  for (const path of ['/', '/enrol', '/m/aaaaaaaaaaaaaaaa', '/api/account', '/no/such/path']) {
    const { headers } = await get(origin, path);
    const policy = Object.fromEntries(
      headers['content-security-policy'].split(';').map((part) => {
        const [name, ...values] = part.trim().split(/\s+/);
        return [name, values.join(' ')];
      }),
    );
    assert.equal(policy['default-src'], "'none'", path);
    assert.equal(policy['frame-ancestors'], "'none'", path);
    assert.equal(policy['base-uri'], "'none'", path);
    assert.equal(policy['form-action'], "'none'", path);
    assert.equal(policy['require-trusted-types-for'], "'script'", path);
    assert.doesNotMatch(policy['script-src'], /unsafe-inline|'unsafe-eval'|https?:/, path);
    assert.match(headers['strict-transport-security'], /max-age=\d{8}/, path);
    assert.equal(headers['referrer-policy'], 'no-referrer', path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.match(headers['permissions-policy'], /geolocation=\(\)/, path);
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin', path);
  }
});

scene('TLS is 1.2 or newer, with forward secrecy and authenticated encryption', async (stage) => {
  const { origin } = stage.server;
  const modern = await handshake(origin, {});
  assert.equal(modern.protocol, 'TLSv1.3');
  const older = await handshake(origin, { maxVersion: 'TLSv1.2' });
  assert.match(older.cipher, /^TLS_ECDHE_.*(GCM|CHACHA20)/);
  const weak = [
    { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
    { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256:AES256-SHA' },
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA' },
  ];
  for (const options of weak) await assert.rejects(handshake(origin, options), JSON.stringify(options));
});

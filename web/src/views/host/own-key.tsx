import type { SigningKeyInfo } from '../../invitation/model';
import { DownloadButton } from '../parts/download';
import { text } from '../text-invitation';

/** The key that signs: people need it once, to tell the host's invitations from others'. */
export function OwnKey({ signing }: { signing: SigningKeyInfo }) {
  return (
    <details class="aside">
      <summary>{text.signing}</summary>
      <div class="own-key">
        <p class="help">{text.signingLead}</p>
        <p class="help">
          {text.fingerprint}: <span class="fingerprint">{signing.fingerprint}</span>
        </p>
        <div class="row">
          <DownloadButton label={text.downloadKey} name="host-key.asc" content={signing.publicKey} />
        </div>
      </div>
    </details>
  );
}

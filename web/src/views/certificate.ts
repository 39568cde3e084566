import type { EndingCertificate } from '../generated/api';
import { text } from './text';

/** S3: until when the certificate is good, and what to do. The time of day counts: some live for six days only. */
export function certificateText({ ends, ordered }: EndingCertificate, timeZone?: string): string {
  const words = text.host.certificate;
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone });
  return `${words.ends(format.format(ends * 1000))} ${ordered ? words.ordered : words.placed}`;
}

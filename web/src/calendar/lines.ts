// How iCalendar writes a line (RFC 5545, 3.1 and 3.3.11).

const LINE_OCTETS = 75;

/** `value` as the property wants it: a text goes through {@link escapeText} first. */
export function line(name: string, value: string): string {
  return `${fold(`${name}:${value}`)}\r\n`;
}

export function escapeText(text: string): string {
  return (
    text
      .replaceAll(/[\\;,]/g, '\\$&')
      .replaceAll(/\r\n|\r|\n/g, '\\n')
      // What else controls has no place in a text.
      .replaceAll(/[^\P{Cc}\t]/gu, '')
  );
}

/** A date and time of day, without a zone; `wall` is milliseconds as {@link Date.UTC} counts them. */
export function dateTime(wall: number): string {
  return new Date(wall).toISOString().replaceAll(/[-:]|\.\d+Z/g, '');
}

/** Characters stay whole: programs that unfold bytes and programs that unfold text read the same. */
function fold(whole: string): string {
  let folded = '';
  let octets = 0;
  for (const character of whole) {
    const size = new TextEncoder().encode(character).length;
    if (octets + size > LINE_OCTETS) {
      folded += '\r\n ';
      octets = 1;
    }
    folded += character;
    octets += size;
  }
  return folded;
}

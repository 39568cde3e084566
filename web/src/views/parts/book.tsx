// The way into the help. In a window of its own, so that nobody loses their place in a meeting.

import { text } from '../text';

interface Props {
  /** A chapter's name, as its address has it; else the book begins at its beginning. */
  chapter?: string;
}

export function BookLink({ chapter }: Props) {
  return (
    <p class="source">
      <a href={chapter === undefined ? '/help' : `/help/${chapter}`} target="_blank" rel="noreferrer">
        {text.book}
      </a>
    </p>
  );
}

import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { text } from '../text';
import { Dialog } from './dialog';
import { ProblemNote } from './problem';

interface Props<Content> {
  title: string;
  load: () => Promise<FunctionComponent<Content>>;
  /** For what was loaded. */
  content: Content & { onClose: () => void };
}

/** A dialog that few need: what is in it is loaded when it is opened. */
export function LoadedDialog<Content>({ title, load, content }: Props<Content>) {
  const [loaded, setLoaded] = useState<{ Content: FunctionComponent<Content> } | 'failed' | null>(null);
  useEffect(() => {
    load().then(
      (Content) => setLoaded({ Content }),
      () => setLoaded('failed'),
    );
  }, []);
  return (
    <Dialog title={title} onClose={content.onClose} wide>
      {loaded === null && <p class="help">{text.loading}</p>}
      <ProblemNote>{loaded === 'failed' ? text.host.problem.unreachable : null}</ProblemNote>
      {loaded !== null && loaded !== 'failed' && <loaded.Content {...content} />}
    </Dialog>
  );
}

import { useEffect } from 'preact/hooks';
import { text } from '../text';

/** The window's title. It says where one is, not in which meeting: browsers remember titles. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
}

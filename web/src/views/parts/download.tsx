import { Download } from '../icons';

/** Saves a text as a file: the browser's own download, nothing is asked of a server. */
export function DownloadButton({ label, name, content }: { label: string; name: string; content: string }) {
  return (
    <button type="button" class="button" onClick={() => save(name, content)}>
      <Download size={18} />
      {label}
    </button>
  );
}

/** With a type of text, some phones would add `.txt` to the name. */
export function save(name: string, content: string, type = 'application/octet-stream'): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // Not at once: Safari reads it later than the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

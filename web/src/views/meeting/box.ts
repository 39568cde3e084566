import type { Rect } from '../../layout/grid';

/** Where a tile stands. Set as properties, which the content security policy allows. */
export function boxStyle(rect: Rect): Record<string, string> {
  return {
    left: `${rect.left}px`,
    top: `${rect.top}px`,
    width: `${rect.width}px`,
    height: `${rect.height}px`,
  };
}

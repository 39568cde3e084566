// What the page and the scenes both know.

export const COLOUR = [180, 60, 30];
/** The RIDs, the smallest layer first. */
export const LAYERS = ['q', 'h', 'f'];

/** The ward board. */
export function Board() {
  return null;
}

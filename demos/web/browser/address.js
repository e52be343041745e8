// The part of the address after "#", for the page that it shows. What a page that was left is told late, such as by
// Python, goes into no address: that is another page's by then. A step in the browser's history knows whose it is.
import { hash } from "./share.js";

// For the page that is opened now, the visit of this number.
export function addressOf(visit) {
  const replace = (to) => history.replaceState({ visit }, "", to);
  replace(location.href);
  const move = (to) => history.state?.visit === visit && replace(to);
  return { ...hash, move, write: (parameters) => move(hash.of(parameters)) };
}

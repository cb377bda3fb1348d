// Gives a shadow root its styles and its document the typeface, in whichever window it lives.
import typeface from "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url";
import plot from "uplot/dist/uPlot.min.css?inline";
import styles from "./overlay.css?inline";

const FAMILY = "Attunement Inter"; // a name of our own: nothing of the host page changes

type Realm = Window & { CSSStyleSheet: typeof CSSStyleSheet; FontFace: typeof FontFace };

export function dress(root: ShadowRoot, window: Window): void {
  const realm = window as Realm;
  const sheet = new realm.CSSStyleSheet(); // sheets cannot be shared between documents
  sheet.replaceSync(plot + styles);
  root.adoptedStyleSheets = [sheet];
  const { fonts } = window.document;
  if (!fonts || [...fonts].some((face) => face.family.replaceAll('"', "") === FAMILY)) return;
  const address = new URL(typeface, import.meta.url).href;
  const face = new realm.FontFace(FAMILY, `url("${address}")`, { weight: "100 900" });
  fonts.add(face);
  face.load().catch(() => undefined); // the system's own typeface is fine too
}

// Makes elements in a few words.
type Attributes = Record<string, string>;

/** An element with attributes and children; children that are text become text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function drawing(tag: string, attributes: Attributes, ...children: Node[]): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Set text only where it differs, so that nothing is laid out or read out for nothing. */
export function tell(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

// The grading screen: the text of the terminal, in which places and commands can be followed.

const PLACES =
  /(?<exercise>exercises\/[\w]+\.py(?::(?<line>\d+))?)|lessons\/(?<slug>\w+)\/(?<text>[A-Z]+)\.md(?::(?<at>\d+))?|make (?<command>hint|test|solution|reset)-\d\d(?: TASK=(?<task>\w+))?/g;

/**
 * Show lines.
 *
 * @param {HTMLElement} element
 * @param {[string, string][][]} lines pieces of text, each with its style
 * @param {Record<string, (groups: Record<string, string>) => void>} actions
 */
export function showScreen(element, lines, actions) {
  element.replaceChildren(
    ...lines.flatMap((line) => [
      ...line.map(([text, style]) => piece(text, style, actions)),
      document.createTextNode("\n"),
    ]),
  );
}

function piece(text, style, actions) {
  const span = document.createElement("span");
  span.className = style;
  let from = 0;
  for (const match of text.matchAll(PLACES)) {
    span.append(text.slice(from, match.index), link(match, actions));
    from = match.index + match[0].length;
  }
  span.append(text.slice(from));
  return span;
}

function link(match, actions) {
  const { exercise, text, command } = match.groups;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "place";
  button.textContent = match[0];
  const name = exercise ? "exercise" : text ? "text" : command;
  button.onclick = () => actions[name](match.groups);
  return button;
}

// The editor: CodeMirror with Python, and a mark on the line that a message is about.

import { indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";

const setMark = StateEffect.define();
const marks = StateField.define({
  create: () => Decoration.none,
  update(found, transaction) {
    found = found.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setMark)) found = effect.value;
    }
    return found;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const colors = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--keyword)" },
  { tag: [tags.string, tags.docString], color: "var(--string)" },
  { tag: tags.comment, color: "var(--comment)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--number)" },
  { tag: [tags.definition(tags.variableName), tags.className], color: "var(--name)" },
]);

/** An editor in an element. `changed` is called after each change, `grade` by its key. */
export class Editor {
  constructor(parent, source, { changed, grade, label }) {
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        doc: source,
        extensions: [
          Prec.highest(
            keymap.of([{ key: "Mod-Enter", run: () => (grade(), true), preventDefault: true }]),
          ),
          basicSetup,
          python(),
          indentUnit.of("    "),
          keymap.of([indentWithTab]),
          syntaxHighlighting(colors),
          marks,
          EditorView.contentAttributes.of({ "aria-label": label }),
          EditorView.updateListener.of((update) => update.docChanged && changed()),
        ],
      }),
    });
  }

  get source() {
    return this.view.state.doc.toString();
  }

  set source(text) {
    const { state } = this.view;
    this.view.dispatch({ changes: { from: 0, to: state.doc.length, insert: text } });
  }

  /** Mark a line, or none. */
  mark(line, why) {
    const { doc } = this.view.state;
    const known = line && line <= doc.lines;
    const found = known
      ? Decoration.set([
          Decoration.line({ class: "marked", attributes: { title: why } }).range(doc.line(line).from),
        ])
      : Decoration.none;
    const effects = [setMark.of(found)];
    if (known) effects.push(EditorView.scrollIntoView(doc.line(line).from, { y: "center" }));
    this.view.dispatch({ effects });
  }

  /** Put the cursor into a line. */
  goTo(line) {
    const { doc } = this.view.state;
    const { from } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    this.view.dispatch({
      selection: { anchor: from },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
    this.view.focus();
  }

  /** Put the cursor where a function or a class begins. */
  goToTask(name) {
    const lines = this.source.split("\n");
    const at = lines.findIndex((line) => new RegExp(`^(async def|def|class) ${name}\\b`).test(line));
    if (at >= 0) this.goTo(at + 1);
  }
}

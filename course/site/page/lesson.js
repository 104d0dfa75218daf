// The window of a lesson: the text, the exercise beside it, and the verdict below.

import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { Editor } from "./editor.js";
import { Python } from "./python.js";
import { showScreen } from "./screen.js";
import { everyFile, SavedLesson, storageLasts } from "./storage.js";

const lesson = JSON.parse(document.getElementById("lesson-data").textContent);
const element = (id) => document.getElementById(id);
const FILE = `${lesson.slug}.py`;
const MOST_BYTES = 100_000;
const WORDS = { passed: "ok", wrong: "wrong", not_started: "todo", unknown: "" };

// What is saved

const saved = new SavedLesson(lesson.slug);
let state = saved.load() ?? { source: lesson.stub, verdicts: {}, hints: {} };
const editor = new Editor(element("editor"), state.source, {
  changed: () => save(),
  grade: () => grade(),
  label: `exercises/${FILE}`,
});

if (saved.damaged) {
  notice("What this browser had kept of this lesson cannot be read. It was set aside, and is part of Export all.");
} else if (!storageLasts) {
  notice("This browser keeps nothing, perhaps because the window is private. Export your answers before you close it.");
}

function save() {
  state.source = editor.source;
  if (saved.changedElsewhere) return askWhichTab();
  if (!saved.save(state)) {
    notice("The browser's storage is full, so your last changes are not kept. Export your answers now.");
  }
}

function askWhichTab() {
  const theirs = new SavedLesson(lesson.slug);
  const other = theirs.load();
  if (!other || other.source === editor.source) {
    saved.revision = theirs.revision;
    return;
  }
  notice("Another tab has changed the answers to this lesson. Nothing is lost: the ones that you do not choose are backed up.", {
    "Use those of the other tab": () => {
      saved.backUp(editor.source);
      saved.revision = theirs.revision;
      state = other;
      editor.source = other.source;
      showTasks();
    },
    "Keep those of this tab": () => {
      saved.backUp(other.source);
      saved.revision = theirs.revision;
      save();
    },
  });
}

addEventListener("storage", (event) => {
  if (event.key === saved.key && event.newValue !== null && saved.changedElsewhere) askWhichTab();
});

function notice(text, choices = {}) {
  const place = element("notice");
  place.replaceChildren(text);
  for (const [name, choose] of Object.entries({ ...choices, ...(Object.keys(choices).length ? {} : { Close: () => {} }) })) {
    place.append(" ", button(name, () => ((place.hidden = true), choose())));
  }
  place.hidden = false;
}

function button(text, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.onclick = press;
  return made;
}

// Python

let busy = false;
const python = new Python(lesson.number, (message) => {
  if (message.kind === "progress") {
    const whole = Math.max(lesson.toLoad, message.loaded);
    element("loading").value = message.loaded / whole;
    pythonSays(`Python is loading: ${mb(message.loaded)} of ${mb(whole)} MB. You can read and write already.`);
  } else if (message.kind === "doing") {
    element("loading").removeAttribute("value");
    pythonSays(`${message.what} …`);
  } else if (message.kind === "ready") {
    element("python").dataset.ready = "true";
    pythonSays("Python is ready.");
    announce("Python is ready.");
    setBusy(busy);
    keepForOffline();
  } else if (message.kind === "died" && message.doing === "start") {
    const why = `Python could not be started: ${message.problem} Reload the page to try again.`;
    pythonSays(why);
    announce(why);
  }
});

/** Keep the site in the browser, once all that it needs has come. */
function keepForOffline() {
  const worker = new URL("../service-worker.js", import.meta.url);
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(worker).catch(() => {});
}

const mb = (bytes) => (bytes / 1e6).toFixed(1);
const pythonSays = (text) => (element("python-said").textContent = text);

/** Let a screen reader say something, even if it is what it has said before. */
function announce(text) {
  const said = document.createElement("span");
  said.textContent = text;
  element("said").replaceChildren(said);
}

function setBusy(now) {
  busy = now;
  element("stop").hidden = !now;
  element("grade").disabled = element("run").disabled = now || !element("python").dataset.ready;
}

async function grade(only = null) {
  if (busy) return;
  setBusy(true);
  element("screen").setAttribute("aria-busy", "true");
  const source = editor.source;
  const width = Math.max(40, Math.min(88, columns()));
  pythonSays("Grading …");
  let tests = 0;
  try {
    const found = await python.grade(source, only, width, (event) => {
      if (event.event === "test") pythonSays(`Grading: ${++tests} tests have run.`);
      if (event.event === "restart") pythonSays("It did not come to an end. Python is starting again.");
    });
    pythonSays("Python is ready.");
    showScreen(element("screen"), found.screen, actions);
    element("screen").scrollIntoView({ block: "nearest" });
    editor.mark(found.line, found.mark);
    announce(found.said);
    for (const [name, task] of Object.entries(found.tasks ?? {})) {
      state.verdicts[name] = task.verdict;
      state.promises = { ...state.promises, [name]: [task.kept, task.of] };
    }
    save();
    showTasks();
  } catch (reason) {
    const why = reason === "stopped" ? "You stopped it." : `It could not be graded: ${reason.problem ?? reason}`;
    pythonSays(why);
    announce(why);
  } finally {
    element("screen").removeAttribute("aria-busy");
    setBusy(false);
  }
}

/** How many characters of the screen fit into a line. */
function columns() {
  const probe = document.createElement("span");
  probe.textContent = "0".repeat(10);
  element("screen").append(probe);
  const width = probe.getBoundingClientRect().width / 10;
  probe.remove();
  return Math.floor((element("screen").clientWidth - 32) / width);
}

// Tasks and hints

function showTasks() {
  let passed = 0;
  for (const { name } of lesson.tasks) {
    const item = element(`task-${name}`);
    const verdict = state.verdicts[name] ?? "unknown";
    const [kept, of] = state.promises?.[name] ?? [];
    item.dataset.verdict = verdict;
    item.querySelector(".verdict").textContent =
      verdict === "wrong" && of ? `wrong, ${kept} of ${of} promises kept` : WORDS[verdict];
    passed += verdict === "passed";
  }
  element("passed").textContent = `${passed} of ${lesson.tasks.length} passed`;
}

const current = () =>
  (lesson.tasks.find(({ name }) => state.verdicts[name] === "wrong") ??
    lesson.tasks.find(({ name }) => state.verdicts[name] !== "passed"))?.name;

function hint(name = current()) {
  const place = element("hints");
  const task = lesson.tasks.find((one) => one.name === name);
  if (!task) {
    place.replaceChildren("All tasks are done: you need no hint.");
  } else {
    const shown = Math.min((state.hints[name] ?? 0) + 1, task.hints.length);
    state.hints[name] = shown;
    save();
    const list = document.createElement("ol");
    list.append(
      ...task.hints.slice(0, shown).map((text) => {
        const item = document.createElement("li");
        item.textContent = text;
        return item;
      }),
    );
    const title = document.createElement("h2");
    title.textContent = `${name}: hint ${shown} of ${task.hints.length}`;
    place.replaceChildren(title, task.goal, list);
    if (shown < task.hints.length) place.append(button("One more", () => hint(name)));
    announce(`Hint ${shown}: ${task.hints[shown - 1]}`);
  }
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
}

async function solution(name = null) {
  const asked = lesson.tasks.filter((task) => name === null || task.name === name);
  const open = asked.filter((task) => state.verdicts[task.name] !== "passed");
  if (open.length && !confirm(`${open.length === asked.length ? "Not one of them has" : `${open.length} tasks have not`} passed yet. Show the reference anyway?`)) return;
  try {
    const found = await python.compare(editor.source, state.verdicts, name);
    showScreen(element("screen"), found.screen, actions);
    announce("Your answers are compared with the reference below the editor.");
  } catch (reason) {
    pythonSays(`It could not be compared: ${reason.problem ?? reason}`);
  }
}

function reset() {
  if (editor.source === lesson.stub) return notice("The exercise has not been changed. There is nothing to start over.");
  if (!confirm("Start over? Your answers are backed up first, and are part of Export all.")) return;
  if (!saved.backUp(editor.source)) return notice("The storage is full, so there would be no backup. Nothing was changed. Export your answers first.");
  editor.source = lesson.stub;
  editor.mark(null);
  state = { source: lesson.stub, verdicts: {}, hints: {} };
  save();
  showTasks();
  element("screen").replaceChildren("The exercise is the stub again. Your answers were backed up.");
}

const actions = {
  exercise: ({ line }) => (line ? editor.goTo(Number(line)) : editor.view.focus()),
  text: ({ text, at }) => openText(text, Number(at ?? 1)),
  hint: ({ task }) => hint(task),
  test: ({ task }) => grade(task ?? null),
  solution: ({ task }) => solution(task ?? null),
  reset: () => reset(),
};

// Texts

function openText(name, line) {
  const headings = [...document.querySelectorAll(`#${name.toLowerCase()} [data-line]`)];
  const heading = headings.filter((one) => Number(one.dataset.line) <= line).pop();
  if (heading) location.hash = heading.id;
}

function follow() {
  const id = decodeURIComponent(location.hash.slice(1));
  const task = id.match(/^task-(\w+)$/)?.[1] ?? id.match(/^\d\d\/(\w+)$/)?.[1];
  if (task && lesson.tasks.some(({ name }) => name === task)) {
    showArticle("concepts");
    editor.goToTask(task);
    return;
  }
  const target = id ? document.getElementById(id) : null;
  const article = target?.closest("article");
  showArticle(article?.id ?? "connections");
  if (target && target !== article) target.scrollIntoView();
  else if (article) document.querySelector(".reading").scrollTo(0, 0);
  if (id === "exercise") editor.view.focus();
}

function showArticle(id) {
  for (const one of document.querySelectorAll("article")) one.hidden = one.id !== id;
  for (const one of document.querySelectorAll(".tabs a")) {
    if (one.hash === `#${id}`) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
}

// Files

function download(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function exportAll() {
  const files = { ...everyFile(), [`exercises/${FILE}`]: editor.source };
  const packed = Object.entries(files).map(([name, text]) => [name, strToU8(text)]);
  download("streamlings.zip", zipSync(Object.fromEntries(packed)), "application/zip");
}

/** Take the exercises of other lessons out of an archive, and return the one of this lesson. */
function importOthers(found) {
  let mine;
  let others = 0;
  for (const [path, bytes] of Object.entries(found)) {
    const [, slug] = /^(?:exercises\/)?(\w+)\.py$/.exec(path) ?? [];
    if (slug === lesson.slug) mine = bytes;
    else if (lesson.others.includes(slug) && bytes.length <= MOST_BYTES) {
      const other = new SavedLesson(slug);
      const before = other.load();
      if (before && !other.backUp(before.source)) continue;
      others += other.save({ source: strFromU8(bytes), verdicts: {}, hints: {} });
    }
  }
  return { mine, others };
}

async function importFile(file) {
  let bytes = new Uint8Array(await file.arrayBuffer());
  let others = 0;
  if (/\.zip$/i.test(file.name)) {
    try {
      ({ mine: bytes, others } = importOthers(unzipSync(bytes)));
    } catch {
      return notice(`${file.name} is no zip that can be read. Nothing was changed.`);
    }
    if (!bytes && others) return notice(`The exercises of ${others} other lessons were imported.`);
    if (!bytes) return notice(`${file.name} has no exercise in it. Nothing was changed.`);
  }
  if (bytes.length > MOST_BYTES) return notice(`${file.name} has more than ${MOST_BYTES} bytes, so it is no exercise. Nothing was changed.`);
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll("\r\n", "\n");
  } catch {
    return notice(`${file.name} is not text in UTF-8. Nothing was changed.`);
  }
  const known = lesson.tasks.filter((task) => new RegExp(`^(async def|def|class) ${task.name}\\b`, "m").test(text));
  if (!known.length) return notice(`${file.name} has no task of lesson ${lesson.number} in it. Nothing was changed.`);
  if (editor.source !== lesson.stub && !saved.backUp(editor.source)) {
    return notice("The storage is full, so there would be no backup. Nothing was changed. Export your answers first.");
  }
  editor.source = text;
  state.verdicts = {};
  save();
  showTasks();
  notice(`${file.name} was imported, with ${known.length} of ${lesson.tasks.length} tasks. What was here before is backed up.` + (others ? ` So were those of ${others} other lessons.` : ""));
}

// Buttons

async function run() {
  if (busy) return;
  setBusy(true);
  const printed = element("printed");
  printed.textContent = "";
  try {
    await python.run(editor.source, element("code").value, (text) => {
      printed.append(text);
      printed.scrollTop = printed.scrollHeight;
    });
    if (!printed.textContent) printed.textContent = "(nothing was printed)";
  } catch (reason) {
    printed.append(reason === "stopped" ? "\nYou stopped it." : `\nIt ended Python: ${reason.problem ?? reason}`);
    if (reason !== "stopped") python.restart();
  } finally {
    setBusy(false);
  }
}

element("grade").onclick = () => grade();
element("stop").onclick = () => {
  delete element("python").dataset.ready;
  python.stop();
};
element("hint").onclick = () => hint();
element("solution").onclick = () => solution();
element("reset").onclick = reset;
element("export").onclick = () => download(FILE, editor.source, "text/x-python");
element("export-all").onclick = exportAll;
element("import").onchange = ({ target }) => {
  if (target.files[0]) importFile(target.files[0]);
  target.value = "";
};
element("run").onclick = run;
element("code").onkeydown = (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
};
for (const item of document.querySelectorAll("#tasks li")) {
  item.querySelector("button").onclick = () => editor.goToTask(item.dataset.task);
}
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented && event.target !== element("code")) grade();
});
addEventListener("hashchange", follow);
showTasks();
follow();
document.documentElement.dataset.alive = "true";
if (/Mac|iPhone|iPad/.test(navigator.platform)) element("grade").querySelector("kbd").textContent = "⌘ Enter";

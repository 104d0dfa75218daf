// Asks, and shows the events of the answer as they arrive. Whatever comes from the server goes
// into the page as text, never as markup.

const SECONDS_OF_SILENCE = 30; // the server says something at least every ten
const MOST_ATTEMPTS = 20; // about a minute
const LONGEST_WAIT = 4000; // milliseconds between two attempts
const SENTENCES = /^.*[.!?…。؟।]["'”’»)\]]*(?=\s)/su; // as many whole ones as there are
const LONGEST_SENTENCE = 400; // characters; longer ones are read out in parts

const element = (id) => document.getElementById(id);
const turns = element("turns");
const form = element("form");
const question = element("question");
const send = element("send");
const stop = element("stop");
const drop = element("drop");
const fault = element("fault");
const announcer = element("announcer");

let current = null; // the turn whose answer is in progress

function make(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function plural(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

// Speaks to screen readers. Each call is read out once, in whole sentences.
function announce(text) {
  announcer.append(make("p", "", text));
  while (announcer.childElementCount > 50) announcer.firstChild.remove();
}

// Keeps the newest words in view, unless somebody has scrolled up to read.
function following(change) {
  const page = document.documentElement;
  const atEnd = page.scrollHeight - page.scrollTop - page.clientHeight < 80;
  change();
  if (atEnd) page.scrollTop = page.scrollHeight;
}

// One question and its answer.
class Turn {
  constructor(text) {
    this.question = text;
    this.id = null;
    this.lastId = 0;
    this.ended = false;
    this.stopWanted = false;
    this.connection = null;
    this.tokens = 0;
    this.asked = performance.now();
    this.firstToken = null;
    this.lastToken = null;
    this.documents = null;
    this.unspoken = "";
    this.build();
  }

  build() {
    this.root = make("article", "turn");
    this.root.setAttribute("aria-busy", "true");
    const asked = make("h2", "question", this.question);
    asked.dir = "auto";
    this.steps = make("ol", "steps");
    this.text = make("p", "text");
    this.text.dir = "auto";
    this.content = document.createTextNode("");
    this.text.append(this.content);
    this.note = make("p", "note");
    this.problem = make("p", "problem");
    this.measure = make("p", "measure");
    for (const part of [this.text, this.note, this.problem, this.measure]) part.hidden = true;
    const answer = make("div", "answer");
    answer.append(this.steps, this.text, this.problem, this.note, this.measure);
    this.root.append(asked, answer);
    turns.append(this.root);
    if (asked.scrollHeight > asked.clientHeight + 1) asked.tabIndex = 0; // long ones scroll
    document.documentElement.scrollTop = document.documentElement.scrollHeight;
  }

  show(id, event) {
    if (this.ended || id <= this.lastId) return; // no word twice
    this.lastId = id;
    following(() => {
      if (event.type === "status") this.addStatus(event);
      if (event.type === "token") this.addToken(event.content);
      if (event.type === "complete") this.end("Done.");
      if (event.type === "error") this.breakOff(event);
    });
  }

  addStatus({ message, document: title }) {
    if (title === undefined) this.addStep(message);
    else this.addDocument(title);
    announce(message);
  }

  addStep(message) {
    const status = make("li", "status");
    const words = make("span", "", message);
    words.dir = "auto";
    this.documents = make("ul", "documents");
    status.append(words, this.documents);
    this.steps.append(status);
  }

  addDocument(title) {
    const document = make("li", "document", title);
    document.dir = "auto";
    this.documents?.append(document);
  }

  addToken(text) {
    const now = performance.now();
    this.firstToken ??= now;
    this.lastToken = now;
    this.tokens += 1;
    this.text.hidden = false;
    this.content.appendData(text);
    this.unspoken += text;
    const whole = SENTENCES.exec(this.unspoken)?.[0].length ?? 0;
    this.speak(this.unspoken.length > LONGEST_SENTENCE ? this.unspoken.length : whole);
    this.showMeasure();
  }

  // Reads out what has not been read out yet, up to a place in the text.
  speak(end = this.unspoken.length) {
    const text = this.unspoken.slice(0, end).trim();
    if (text) announce(text);
    this.unspoken = this.unspoken.slice(end);
  }

  showMeasure() {
    const parts = [];
    // What was read again after the page was reloaded says nothing about time.
    if (this.firstToken !== null && !this.replayed) {
      parts.push(`first token after ${((this.firstToken - this.asked) / 1000).toFixed(2)} s`);
      const seconds = (this.lastToken - this.firstToken) / 1000;
      if (seconds > 0) parts.push(`${Math.round((this.tokens - 1) / seconds)} tokens per second`);
    }
    if (this.tokens) parts.push(plural(this.tokens, "token"));
    if (this.ended && this.owner) parts.push(this.owner);
    const whole = parts.map((part) => part.replaceAll(" ", "\u00a0")); // no line break inside
    this.measure.textContent = whole.join(" · ");
    this.measure.hidden = !parts.length;
  }

  say(note) {
    following(() => {
      this.note.textContent = note;
      this.note.hidden = !note;
    });
    if (note) announce(note);
  }

  breakOff({ message, stopped }) {
    if (stopped) this.end(message, message);
    else this.fail(message);
  }

  // Shows in plain words what went wrong. The text so far stays.
  fail(message) {
    if (this.ended) return;
    this.problem.textContent = this.tokens ? `${message} The text so far stays above.` : message;
    this.problem.hidden = false;
    if (this.root.dataset.state === "lost") this.say("");
    this.end(`Error: ${this.problem.textContent}`);
    this.root.dataset.state = "failed";
  }

  end(spoken, note = "") {
    this.ended = true;
    this.root.dataset.state = "ended";
    this.root.setAttribute("aria-busy", "false");
    this.speak();
    if (note) {
      this.note.textContent = note;
      this.note.hidden = false;
    }
    announce(spoken);
    this.showMeasure();
    sessionStorage.removeItem("turn");
  }

  lost() {
    if (this.root.dataset.state === "lost") return;
    this.root.dataset.state = "lost";
    this.say("The connection was lost. Trying again …");
  }

  resumed() {
    this.root.dataset.state = "live";
    this.say("The connection was lost. The answer has resumed where it stopped.");
  }
}

async function ask(text) {
  const turn = new Turn(text);
  begin(turn);
  const body = JSON.stringify({ question: text, fault: fault.checked });
  fault.checked = false;
  try {
    const response = await fetch("/ask", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    const answer = await response.json();
    if (response.ok) takeOn(turn, answer);
    else refuse(turn, answer.error);
  } catch {
    refuse(turn, "The server cannot be reached. Is make chat still running?");
  }
  if (turn.id) {
    if (turn.stopWanted) tellToStop(turn);
    await follow(turn);
  }
  finish();
}

// Remembers what the server has begun, so that it can be shown again after a reload.
function takeOn(turn, { id, answerer }) {
  turn.id = id;
  turn.owner = answerer.label;
  showAnswerer(answerer);
  const kept = { id, question: turn.question, owner: turn.owner };
  sessionStorage.setItem("turn", JSON.stringify(kept));
}

// Gives the question back, so that nobody has to type it again.
function refuse(turn, message) {
  if (!question.value) question.value = turn.question;
  turn.fail(message);
}

function begin(turn) {
  current = turn;
  turn.root.dataset.state = "live";
  element("welcome").hidden = true;
  announcer.replaceChildren();
  send.hidden = true;
  stop.hidden = false;
  stop.disabled = false;
  stop.textContent = "Stop";
  drop.disabled = false;
}

function finish() {
  // A button that disappears must not take the keyboard focus with it.
  const astray = [stop, drop].includes(document.activeElement);
  current = null;
  send.hidden = false;
  stop.hidden = true;
  drop.disabled = true;
  resize();
  if (astray) question.focus();
}

// Reads an answer to its end, over as many connections as it takes.
async function follow(turn) {
  let attempts = 0;
  while (!turn.ended) {
    const before = turn.lastId;
    await read(turn, attempts > 0);
    if (turn.ended) return;
    if (turn.lastId > before) attempts = 0;
    attempts += 1;
    if (attempts > MOST_ATTEMPTS) {
      turn.fail("The server cannot be reached anymore.");
      return;
    }
    turn.lost();
    await pause(Math.min(250 * 2 ** (attempts - 1), LONGEST_WAIT), turn);
  }
}

// Reads one connection until it ends or breaks.
async function read(turn, again) {
  const connection = new AbortController();
  turn.connection = connection;
  let silence;
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(() => connection.abort(), SECONDS_OF_SILENCE * 1000);
  };
  try {
    listen();
    const response = await fetch(`/answers/${turn.id}/events`, {
      headers: turn.lastId ? { "Last-Event-ID": String(turn.lastId) } : {},
      cache: "no-store",
      signal: connection.signal,
    });
    if (response.status === 404) {
      turn.fail(
        "The server no longer has this answer: it was restarted in the meantime. " +
          "Please ask again.",
      );
    } else if (response.status === 204) {
      turn.fail("The rest of this answer is gone. Please ask again.");
    } else if (response.ok) {
      if (again) turn.resumed();
      await readEvents(response.body, turn, listen);
    }
  } catch {
    // The connection broke. The text so far is shown, and the rest is requested again.
  } finally {
    clearTimeout(silence);
  }
}

async function readEvents(body, turn, listen) {
  const reader = body.getReader();
  const decoder = new EventDecoder();
  while (!turn.ended) {
    const { value, done } = await reader.read();
    if (done) return; // half an event may be left; it comes again
    listen();
    for (const { id, data } of decoder.feed(value)) turn.show(Number(id), JSON.parse(data));
  }
}

// Reads server-sent events, whichever line ends they have: the part of lesson 15's SSEDecoder that
// this page needs.
class EventDecoder {
  constructor() {
    this.text = new TextDecoder();
    this.afterCR = false;
    this.line = "";
    this.id = "";
    this.data = [];
  }

  *feed(bytes) {
    let text = this.text.decode(bytes, { stream: true });
    if (!text) return;
    if (this.afterCR && text.startsWith("\n")) text = text.slice(1);
    this.afterCR = text.endsWith("\r");
    const lines = (this.line + text).split(/\r\n|\r|\n/);
    this.line = lines.pop();
    for (const line of lines) {
      if (line) this.take(line);
      else if (this.data.length) yield this.taken();
    }
  }

  take(line) {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (name === "data") this.data.push(value);
    if (name === "id") this.id = value;
  }

  taken() {
    const data = this.data.join("\n");
    this.data = [];
    return { id: this.id, data };
  }
}

// Waits, but no longer than until the network is back or somebody presses stop.
function pause(milliseconds, turn) {
  return new Promise((done) => {
    const timer = setTimeout(go, milliseconds);
    window.addEventListener("online", go);
    turn.hurry = go;
    function go() {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      done();
    }
  });
}

async function tellToStop(turn) {
  try {
    await fetch(`/answers/${turn.id}/stop`, { method: "POST" });
  } catch {
    // The server cannot be told, but it stops on its own when nobody is listening.
    turn.end("Stopped.", "Stopped here. The server could not be reached; it will stop on its own.");
    turn.connection?.abort();
  }
  turn.hurry?.();
}

function stopCurrent() {
  if (!current || current.stopWanted) return;
  current.stopWanted = true;
  stop.disabled = true;
  stop.textContent = "Stopping";
  question.focus();
  if (current.id) tellToStop(current);
}

function showAnswerer(answerer) {
  element("answerer-label").textContent = answerer.label;
  element("answerer-note").textContent = answerer.note;
  element("wire-note").textContent = answerer.wire;
  element("answerer").dataset.owner = answerer.owner;
}

// The learner may have saved the exercise while this page was hidden.
async function askAnswerer() {
  try {
    const response = await fetch("/answerer");
    if (response.ok) showAnswerer(await response.json());
  } catch {
    // The next question will show that the server is not there.
  }
}

function submit() {
  const text = question.value.trim();
  if (!text || current) return;
  question.value = "";
  resize();
  question.focus();
  ask(text);
}

function resize() {
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight}px`;
}

// An answer that was in progress when the page was reloaded is shown again from its beginning.
async function resumeAfterReload() {
  const kept = JSON.parse(sessionStorage.getItem("turn") ?? "null");
  if (!kept) return;
  const turn = new Turn(kept.question);
  turn.id = kept.id;
  turn.owner = kept.owner;
  turn.replayed = true;
  begin(turn);
  turn.say("Resumed after the page was reloaded.");
  await follow(turn);
  finish();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});

question.addEventListener("input", resize);
question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) stopCurrent();
});

stop.addEventListener("click", stopCurrent);
drop.addEventListener("click", () => current?.connection?.abort());

element("answerer").addEventListener("click", () => {
  const notes = element("notes");
  notes.hidden = !notes.hidden;
  element("answerer").setAttribute("aria-expanded", String(!notes.hidden));
});

for (const example of document.querySelectorAll(".examples button")) {
  example.addEventListener("click", () => {
    question.value = example.textContent;
    submit();
  });
}

window.addEventListener("focus", askAnswerer);
askAnswerer();
resumeAfterReload();
question.focus({ preventScroll: true });

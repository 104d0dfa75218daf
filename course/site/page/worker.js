// Runs Python, the course and the learner's functions, apart from the page, which stays responsive.

import { forget, placeOf, remember, remembered } from "./memory.js";
import { startPython } from "./start.js";

const assets = new URL("./", self.location.href);
const reply = (message) => self.postMessage(message);

/** Count the bytes that come, so that the page can say how much is still to come. */
function countBytes() {
  const real = self.fetch.bind(self);
  let loaded = 0;
  self.fetch = async (...request) => {
    const response = await real(...request);
    if (!response.ok) throw new Error(`${response.url} could not be loaded: ${response.status}`);
    if (!response.body) return response;
    const counted = response.body.pipeThrough(
      new TransformStream({
        transform(piece, controller) {
          loaded += piece.byteLength;
          reply({ kind: "progress", loaded });
          controller.enqueue(piece);
        },
      }),
    );
    return new Response(counted, { status: response.status, headers: response.headers });
  };
}

async function archive(name) {
  const response = await fetch(new URL(name, assets));
  return new Uint8Array(await response.arrayBuffer());
}

async function start(lesson) {
  countBytes();
  const [packages, course] = await Promise.all([archive("packages.zip"), archive("course.zip")]);
  reply({ kind: "doing", what: "Starting Python" });
  const pyodide = new URL("pyodide/", assets).href;
  const archives = { packages, course };
  const place = await placeOf(archives);
  const memory = await remembered(place);
  if (memory) {
    try {
      return deskOf(lesson, await startPython(pyodide, archives, memory));
    } catch {
      await forget(); // it is of another make
    }
  }
  const python = await startPython(pyodide, archives);
  remember(place, python.makeMemorySnapshot());
  return deskOf(lesson, python);
}

/** Make what answers to a lesson are handed to, and warm it up: the first verdict comes quickly. */
function deskOf(lesson, python) {
  self.post = (message) => reply(JSON.parse(message));
  const made = python.runPython(`
import random
from js import post
from course.site.browser.bridge import Desk
random.seed()  # what is remembered is the same each time
Desk(${JSON.stringify(lesson)}, post)
`);
  made.warm_up();
  return made;
}

let desk;
self.onmessage = async ({ data }) => {
  try {
    switch (data.kind) {
      case "start":
        desk = await start(data.lesson);
        reply({ kind: "ready" });
        break;
      case "grade": {
        const found = desk.grade(data.source, JSON.stringify(data.recorded), data.only ?? "", data.width);
        reply({ kind: "graded", ...JSON.parse(found) });
        break;
      }
      case "solution": {
        const found = desk.solution(data.source, JSON.stringify(data.verdicts), data.task ?? "");
        reply({ kind: "compared", ...JSON.parse(found) });
        break;
      }
      case "run":
        desk.run(data.source, data.code);
        reply({ kind: "ran" });
        break;
    }
  } catch (error) {
    const status = typeof error.status === "number" ? error.status : null;
    const problem = String(error.message || error);
    reply({ kind: "died", doing: data.kind, status, problem, lives: error.name === "PythonError" });
  }
};

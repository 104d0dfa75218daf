// Runs Python, the course and the learner's functions, apart from the page, which stays responsive.

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
  const { loadPyodide } = await import(new URL("pyodide/pyodide.mjs", assets).href);
  const [python, packages, course] = await Promise.all([
    loadPyodide({
      indexURL: new URL("pyodide/", assets).href,
      env: { PYTHONDONTWRITEBYTECODE: "1", PYTHONHASHSEED: "0" },
    }),
    archive("packages.zip"),
    archive("course.zip"),
  ]);
  reply({ kind: "doing", what: "Unpacking the packages" });
  const folder = python.runPython("import site; site.getsitepackages()[0]");
  python.unpackArchive(packages, "zip", { extractDir: folder });
  python.FS.mkdir("/course");
  python.unpackArchive(course, "zip", { extractDir: "/course" });
  reply({ kind: "doing", what: "Importing the course" });
  self.post = (message) => reply(JSON.parse(message));
  const desk = python.runPython(`
import sys
sys.path.insert(0, "/course")
from course.site.browser import substitutes
substitutes.make_up()
from js import post
from course.site.browser.bridge import Desk
Desk(${JSON.stringify(lesson)}, post)
`);
  desk.warm_up();
  return desk;
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

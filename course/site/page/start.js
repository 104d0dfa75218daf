// Starts Python, with the packages and the course among its files, or with what it remembers.
//
// Importing takes longer than everything else. So what is in Python's memory after that is kept in
// the browser, and the next start begins with it. A function is known to Python by its place in a
// table. Therefore each start loads the same libraries in the same order, before anything else, and
// another browser's memory is of no use.

import { unzipSync } from "fflate";

const FOLDERS = { packages: "/lib/python3.14/site-packages", course: "/course" };

const IMPORTS = `
import sys
sys.path.insert(0, "/course")
from course.site.browser import substitutes
substitutes.make_up()
from course.site.browser import everything
`;

/** What Python finds in the module js. While it notes what to remember, Pyodide looks through it. */
const GLOBALS = new Proxy(self, {
  get(target, name) {
    const found = Reflect.get(target, name);
    return typeof found === "function" && !found.prototype ? found.bind(target) : found;
  },
});

/**
 * @param {string} pyodide the address of its folder, with a slash at the end
 * @param {{packages: Uint8Array, course: Uint8Array}} archives
 * @param {Uint8Array | undefined} memory what an earlier start of the same site has remembered
 */
export async function startPython(pyodide, archives, memory) {
  const [{ loadPyodide }, { default: makeModule }] = await Promise.all([
    import(`${pyodide}pyodide.mjs`),
    import(`${pyodide}pyodide.asm.mjs`),
  ]);
  const files = Object.entries(FOLDERS).flatMap(([name, folder]) =>
    Object.entries(unzipSync(archives[name])).map(([path, content]) => [`${folder}/${path}`, content]),
  );
  const libraries = files.filter(([path]) => path.endsWith(".so"));
  const python = await loadPyodide({
    indexURL: pyodide,
    jsglobals: GLOBALS,
    env: { PYTHONDONTWRITEBYTECODE: "1", PYTHONHASHSEED: "0" },
    _makeSnapshot: !memory,
    _loadSnapshot: memory,
    async createPyodideModule(settings) {
      settings.onRuntimeInitialized = () => {
        write(settings.FS, libraries);
        const how = { loadAsync: false, nodelete: true, allowUndefined: true, global: false };
        for (const [path] of libraries) settings.loadDynamicLibrary(path, how, {});
      };
      const made = await makeModule(settings);
      if (memory) made.growMemory(memory.length);
      return made;
    },
  });
  write(python.FS, files); // later, or Pyodide would look for the packages that it knows among them
  if (!memory) python.runPython(IMPORTS);
  return python;
}

function write(folders, files) {
  for (const [path, content] of files) {
    folders.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    folders.writeFile(path, content, { canOwn: true });
  }
}

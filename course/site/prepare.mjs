// Puts the packages that the browser imports into one archive, with their modules compiled by the
// Python that will run them: node prepare.mjs PYODIDE WHEELS COURSE ARCHIVE

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodideFolder, wheels, course, archive] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodideFolder, "pyodide.mjs")));
const python = await loadPyodide({ env: { PYTHONDONTWRITEBYTECODE: "1" } });
const packages = python.runPython("import site; site.getsitepackages()[0]");
for (const name of readdirSync(wheels).sort()) {
  python.unpackArchive(new Uint8Array(readFileSync(join(wheels, name))), "zip", { extractDir: packages });
}
python.FS.mkdir("/course");
python.unpackArchive(new Uint8Array(readFileSync(course)), "zip", { extractDir: "/course" });
try {
  python.runPython(`
import sys
sys.path.insert(0, "/course")
from course.site.browser import archives
archives.write("/archive.zip", "/course.zip")
`);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
writeFileSync(archive, python.FS.readFile("/archive.zip"));
writeFileSync(course, python.FS.readFile("/course.zip"));

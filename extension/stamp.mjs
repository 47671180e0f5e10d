// Records what was built from what, so that a test can tell whether the two still belong together, and removes the copy of
// package.json the builder leaves for its next run: it removes the old schemas without it as well, and the server does
// without the version it would read there.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const BUILT = '../workbench/labextension/streaming-workbench';
const SOURCES = ['package.json', 'package-lock.json', 'tsconfig.json', 'schema', 'src', 'style'];

/** The files at or below some paths, in the order of their names. */
function files(paths) {
  return paths.flatMap(path => {
    try {
      return files(readdirSync(path).map(name => `${path}/${name}`));
    } catch {
      return [path];
    }
  }).sort();
}

/** One hash of names and contents. */
function hash(folder, paths) {
  process.chdir(folder);
  const sum = createHash('sha256');
  for (const path of files(paths)) {
    sum.update(`${path}\n`).update(createHash('sha256').update(readFileSync(path)).digest('hex')).update('\n');
  }
  return sum.digest('hex');
}

rmSync(`${BUILT}/schemas/streaming-workbench/package.json.orig`, { force: true });

const source = hash('.', SOURCES);
const built = hash(BUILT, ['package.json', 'schemas', 'static']);
writeFileSync('stamp.json', `${JSON.stringify({ source, built }, null, 2)}\n`);

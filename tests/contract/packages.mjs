// The packages of tests/web, installed into a folder of the build: STILE_WEB_TOOLS names it. Nothing is looked for
// beside these sources, which stand elsewhere.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.STILE_WEB_TOOLS;
if (!folder) throw new Error('STILE_WEB_TOOLS must name the folder that npm has installed tests/web into');
const require = createRequire(join(folder, 'package.json'));

export const Ajv = require('ajv/dist/2020').default;
export const addFormats = require('ajv-formats').default;
// No CommonJS has it: require() would not find it.
export const { generateSync } = await import(pathToFileURL(join(folder, 'node_modules/json-schema-faker/dist/index.js')));

#!/usr/bin/env node
// The npm compiler with the two options of the native solc that py-solc-x and Brownie use.
"use strict";

const fs = require("fs");
const path = require("path");
const solc = require("solc");

const ROOT = path.resolve(__dirname, "..");

function main(options) {
  if (options.includes("--version")) {
    console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
  } else if (options.includes("--standard-json")) {
    const input = fs.readFileSync(0, "utf8");
    process.stdout.write(solc.compile(input, { import: readImport }));
  } else {
    console.error("usage: solc.js --version | --standard-json < input.json");
    process.exitCode = 2;
  }
}

function readImport(name) {
  const file = path.resolve(ROOT, name);
  if (!file.startsWith(ROOT + path.sep)) return { error: `${name} is outside of the project` };
  try {
    return { contents: fs.readFileSync(file, "utf8") };
  } catch (problem) {
    return { error: problem.message };
  }
}

main(process.argv.slice(2));

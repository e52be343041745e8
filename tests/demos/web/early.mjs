// The front page's early judge, asked by a test: facts and the texts of many sheets come in, what it says of each goes out.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { Early } = await import(pathToFileURL(process.argv[2]));
const { facts, sheets } = JSON.parse(readFileSync(0, "utf8"));
const early = new Early(facts);
const answers = sheets.map(({ texts, node }) => {
  const before = early.answer({ do: "restore", texts: { ...texts, [node]: facts.begun[node] } });
  return before && early.answer({ do: "fill", node, text: texts[node] });
});
process.stdout.write(JSON.stringify(answers));

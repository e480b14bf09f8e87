import { Parser } from "@asyncapi/parser";
import { readFileSync } from "node:fs";
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
for (const one of diagnostics) if (one.severity === 0) console.log(one.path.join("."), one.message);
process.exit(document ? 0 : 1);

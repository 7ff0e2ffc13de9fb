export { plainShell, type PlainShell } from "./shell.ts";

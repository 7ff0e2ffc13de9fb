export { isGuessedRule } from "./rules/replaces.ts";

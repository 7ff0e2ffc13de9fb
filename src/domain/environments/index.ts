export {
  layers, type DriftRules, type Environment, type IgnoreRule, type Json, type Layer, type NamedCommand, type Organisation,
  type SecretSource, type StackDeclaration, type VerifyCheck, type Window,
} from "./environment.ts";

export { ciOutput, type CiAnnotation, type CiOutput } from "./output.ts";
export { ciSurroundings, type CiEvent, type CiSurroundings } from "./surroundings.ts";

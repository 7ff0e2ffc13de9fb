export { ciOutput, type CiAnnotation, type CiOutput } from "./output.ts";
export { ciHost, ciSurroundings, type CiEvent, type CiHost, type CiSurroundings } from "./surroundings.ts";

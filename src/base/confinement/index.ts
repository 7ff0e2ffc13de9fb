export { linkedModules } from "./linked-modules.ts";
export { nodePlaces } from "./node-places.ts";
export { confined, findBubblewrap, type Isolation, type Walls } from "./bubblewrap.ts";

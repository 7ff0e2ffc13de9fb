export { confined, findBubblewrap, type Isolation, type Walls } from "./bubblewrap.ts";

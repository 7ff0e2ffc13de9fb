export { podHere, type Pod, type PodHere, type PodState } from "./pod.ts";

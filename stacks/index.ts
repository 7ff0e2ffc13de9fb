export { default } from "trueup/program";

export { announce, type AnnounceRequest } from "./announce.ts";

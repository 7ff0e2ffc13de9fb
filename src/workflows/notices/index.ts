export { announce, hasNews, type AnnounceRequest } from "./announce.ts";

export { deliver, type Delivery, type Hook } from "./deliver.ts";

export { deliver, type Delivery, type Destination } from "./deliver.ts";

export { examineEstate, type DoctorReport } from "./doctor.ts";
export { bootstrapEstate, type BootstrapRequest } from "./bootstrap.ts";

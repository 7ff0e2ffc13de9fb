export { examineEstate, type DoctorReport } from "./doctor.ts";

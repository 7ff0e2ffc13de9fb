export { ownerPlaces, tooManyBytes, type CodeOwners, type Dialect, type OwnerFault } from "./code-owners.ts";
export { demandedOwners, isOwnedBy, loginOf, namedOwners, namelessOwners, teamsAmong, type OwnerDemand, type OwnerPerson } from "./owners.ts";
export { parseCodeOwners } from "./parse.ts";

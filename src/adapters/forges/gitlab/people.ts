import type { Person } from "../forge.ts";
import type { GitlabCall } from "./call.ts";
import { Member, Users, type User } from "./schema.ts";

/** Of the role's number; custom roles have that of the role they are based on. */
const ladder = [
  { from: 50, permission: "admin" },
  { from: 40, permission: "maintain" },
  { from: 30, permission: "write" },
  { from: 10, permission: "read" },
] as const;

const isActive = (state: string | null | undefined): boolean => (state ?? "active") === "active";

/** An invitation that nobody has accepted or paid for gives no right. */
function standingOf(member: Member | undefined): Person["permission"] {
  return member !== undefined && isActive(member.state) && isActive(member.membership_state) ? permissionOf(member.access_level) : "none";
}

export function permissionOf(level: number): Person["permission"] {
  return ladder.find((step) => level >= step.from)?.permission ?? "none";
}

export async function findUser(call: GitlabCall, login: string): Promise<User | undefined> {
  const users = await call.read(Users, (api) => api.users.all({ username: login } as object));
  return users.find((user) => user.username.toLowerCase() === login.toLowerCase());
}

async function isInGroup(call: GitlabCall, group: string, user: User): Promise<boolean> {
  const member = await call.find(Member, (api) => api.groupMembers.show(group.replace(/^@/, ""), user.id, { includeInherited: true }));
  return standingOf(member) !== "none";
}

export async function personOf(call: GitlabCall, login: string, asked: readonly string[]): Promise<Person> {
  const user = await findUser(call, login);
  // A blocked person keeps the memberships, and may do nothing.
  if (user === undefined || !isActive(user.state)) return { login: user?.username ?? login, permission: "none", teams: [] };
  const member = await call.find(Member, (api) => api.projectMembers.show(call.project, user.id, { includeInherited: true }));
  const permission = standingOf(member);
  const teams: string[] = [];
  for (const group of asked) if (await isInGroup(call, group, user)) teams.push(group);
  return { login: user.username, permission, teams };
}

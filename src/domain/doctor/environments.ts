import { About, type Finding, type Looked } from "./finding.ts";

export interface LeaseFacts {
  readonly run: string;
  readonly who: string;
  readonly host: string;
  /** ISO. */
  readonly since: string;
  readonly isExpired: boolean;
  /** What is known of the process or job that holds it. */
  readonly holder: "alive" | "dead" | "unknown";
}

export interface EnvironmentFacts {
  readonly name: string;
  /** The record: undefined where nothing was ever recorded. */
  readonly lease: Looked<LeaseFacts | undefined>;
  /** Where the state is, without credentials; the problem is why it could not be read. */
  readonly state: Looked<{ readonly backend: string; readonly stack: string; readonly exists: boolean; /** By the ledger. */ readonly isLive: boolean }>;
  readonly passphrase: Looked<true>;
}

function leaseFinding({ name, lease }: EnvironmentFacts): Finding {
  const about = new About("lease", name);
  if ("problem" in lease) return about.broken(lease.problem);
  const { value } = lease;
  if (value === undefined) return about.right("no run holds it");
  const { run, who, host, since, isExpired, holder } = value;
  const says = `run ${run} of ${who} on ${host} holds it since ${since}`;
  if (holder === "dead")
    return about.wrong(
      `${says}, and is dead`,
      `The next trueup apply ${name} on that host or in that CI takes it over; else: trueup run cancel ${run} --env ${name}`,
    );
  if (isExpired) return about.wrong(`${says}, and has not renewed it`, `See that it is dead, then: trueup run cancel ${run} --env ${name}`);
  return about.right(`${says}${holder === "alive" ? ", and lives" : ""}`);
}

function passphraseFinding({ name, passphrase, state }: EnvironmentFacts): Finding {
  const about = new About("passphrase", name);
  if ("problem" in passphrase) return about.broken(passphrase.problem);
  if ("problem" in state) {
    return state.problem.code === "SECRETS_UNREADABLE"
      ? about.broken(state.problem)
      : about.unknown("it is given; whether it opens the state is not seen", "Mend what is said of the state.");
  }
  return state.value.exists ? about.right(`it opens ${state.value.stack}`) : about.right("it is given; there is no state yet that it must open");
}

function stateFinding({ name, state, passphrase }: EnvironmentFacts): Finding {
  const about = new About("state", name);
  if ("value" in state) {
    const { backend, stack, exists, isLive } = state.value;
    if (exists || !isLive) return about.right(`${backend} answers`);
    return about.wrong(
      `${stack} is live by the ledger, and ${backend} has no state of it`,
      "Find the state, or put it back from a backup, before anything is applied: an apply would create everything again.",
    );
  }
  const { problem } = state;
  // What is said of the passphrase is said there.
  if (problem.code === "SECRETS_UNREADABLE")
    return "problem" in passphrase ? about.unknown("it is read with the passphrase", "Give the passphrase.") : about.right("the backend answers");
  return about.broken(problem);
}

/** What an apply of the environment would need now. */
export function environmentFindings(facts: EnvironmentFacts): readonly Finding[] {
  return [stateFinding(facts), passphraseFinding(facts), leaseFinding(facts)];
}

export interface MetricFacts {
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every number that an agent shows, declared once: `/metrics`, docs, alert rules and dashboard rest on these names. */
export const metricTable = {
  trueup_agent_last_pass_age_seconds: {
    type: "gauge",
    help: "Time since the last look at the repository that ended well; since the start, when none did.",
    labels: ["repository"],
  },
  trueup_agent_passes_total: { type: "counter", help: "Looks at the repository, by how they ended.", labels: ["repository", "result"] },
  trueup_agent_poll_errors_total: {
    type: "counter",
    help: "Questions to git, the forge or an environment that were not answered, by problem code.",
    labels: ["repository", "code"],
  },
  trueup_agent_queue_errands: { type: "gauge", help: "Errands of all repositories that wait for their turn, or run.", labels: ["state"] },
  trueup_agent_runs_total: {
    type: "counter",
    help: "Errands that ended: applies, previews, comments, looks for drift.",
    labels: ["repository", "what", "result"],
  },
  trueup_agent_run_seconds_total: { type: "counter", help: "Time that errands took, without waiting for their turn.", labels: ["repository", "what"] },
  trueup_agent_engine_seconds_total: {
    type: "counter",
    help: "Time that engines worked on stacks; stacks at once count each.",
    labels: ["repository", "what"],
  },
  trueup_agent_resident_memory_bytes: { type: "gauge", help: "Resident memory of the agent itself, without engines.", labels: [] },
  trueup_agent_cpu_seconds_total: { type: "counter", help: "CPU time of the agent itself, without engines.", labels: [] },
  trueup_drift_oldest_age_seconds: {
    type: "gauge",
    help: "Age of the oldest open drift of a stack; no series where there is none.",
    labels: ["repository", "environment", "stack"],
  },
  trueup_failed_stacks: { type: "gauge", help: "Stacks whose last apply failed.", labels: ["repository", "environment"] },
  trueup_frozen_units: { type: "gauge", help: "Units that nothing is applied to until a person says so.", labels: ["repository", "environment"] },
  trueup_vetoed_units: { type: "gauge", help: "Units that failed and are not tried again as they are.", labels: ["repository", "environment"] },
  trueup_held_leases: { type: "gauge", help: "1 while somebody holds the lease of the environment.", labels: ["repository", "environment"] },
  trueup_lease_age_seconds: {
    type: "gauge",
    help: "How long the lease is held by the same run; no series where nobody holds it.",
    labels: ["repository", "environment"],
  },
} as const satisfies Record<`trueup_${string}`, MetricFacts>;

export type MetricName = keyof typeof metricTable;

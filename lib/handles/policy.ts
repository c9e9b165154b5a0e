/** What a job's policy decides about (`ZX_POL_*`). */
export const PolicyCondition = Object.freeze({
  BadHandle: 0,
  WrongObject: 1,
  VmarWx: 2,
  NewAny: 3,
  NewVmo: 4,
  NewChannel: 5,
  NewEvent: 6,
  NewEventpair: 7,
  NewPort: 8,
  NewSocket: 9,
  NewFifo: 10,
  NewTimer: 11,
  NewProcess: 12,
  NewProfile: 13,
  NewPager: 14,
  AmbientMarkVmoExec: 15,
  NewIob: 16,
  NewSampler: 17,
} as const);

/** The name of a policy's condition. */
export type PolicyConditionName = keyof typeof PolicyCondition;

/** In the order of `ZX_POL_ACTION_*`. */
export const ACTIONS = ["allow", "deny", "allowException", "denyException", "kill"] as const;

/** What happens when a policy's condition is met. */
export type PolicyAction = (typeof ACTIONS)[number];

/** One entry of a policy. */
export interface PolicyEntry {
  readonly condition: PolicyConditionName;
  readonly action: PolicyAction;
  /** Whether jobs below may change it; `false` by default. */
  readonly canOverride?: boolean;
}

/** How entries that a job above has fixed are met, in the order of `ZX_JOB_POL_*`. */
export const MODES = ["relative", "absolute"] as const;

// The contract of cost: what resources cost a month, and what nobody can say.

/** A resource to be priced: its Pulumi type and inputs. */
export interface PricedResource {
  /** URN or any other unique name; it is what `unknown` names. */
  readonly urn: string;
  /** Pulumi type token, e.g. `aws:ec2/instance:Instance`. */
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface CostOptions {
  readonly signal: AbortSignal;
  /** The Blueprint's region; resources that carry their own location win. */
  readonly region: string;
}

/** One figure with its provenance. */
export interface CostLine {
  readonly urn: string;
  /** What is paid for, e.g. `t4g.medium, 730 h`. */
  readonly item: string;
  /** Exact decimal string in the estimate's currency, a month; two to nine digits after the point. */
  readonly monthly: string;
  /** Where the price comes from. */
  readonly source: string;
  /** Month the price was read, `YYYY-MM`. */
  readonly date: string;
  /** ReferenceRegion: the source has no price for this region; the one of its reference region stands in. */
  readonly basis: "Region" | "ReferenceRegion";
}

/** A charge that depends on use nobody can know beforehand; its rate is known. It is not part of `monthly`. */
export interface UsageRate {
  readonly urn: string;
  readonly item: string;
  /** Absent: the tables have no rate for it. */
  readonly rate?: { readonly price: string; readonly unit: string; readonly source: string; readonly date: string };
}

/** A resource without a price. Unknown is not zero. */
export interface UnknownCost {
  readonly urn: string;
  readonly type: string;
  readonly reason: string;
}

export interface CostEstimate {
  /** Exact sum of the lines, then rounded to two digits, a month of 730 h. Says nothing about `unknown` and `usage`. */
  readonly monthly: string;
  readonly currency: "USD";
  readonly lines: readonly CostLine[];
  readonly usage: readonly UsageRate[];
  readonly unknown: readonly UnknownCost[];
  /** A month; absent where it can't be known. */
  readonly carbonKg?: string;
}

/** A resource before and after a plan; absent on the side where it does not exist. */
export interface PricedChange {
  readonly before?: PricedResource;
  readonly after?: PricedResource;
}

export interface PlanCost {
  readonly before: CostEstimate;
  readonly after: CostEstimate;
  /** after - before; decimal string with two digits, may be negative. */
  readonly delta: string;
  /** Resources of `after` without a price, for BlueprintRun.status.cost.unknownResources. */
  readonly unknownResources: readonly string[];
}

/** What things cost. Rejects only with the signal's reason; what can't be priced is in `unknown`. */
export interface Cost {
  estimate(resources: readonly PricedResource[], options: CostOptions): Promise<CostEstimate>;
  estimatePlan(changes: readonly PricedChange[], options: CostOptions): Promise<PlanCost>;
}

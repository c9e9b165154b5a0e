import { methodOrdinal, selectorOrdinal } from "./ordinal.js";
import { type Fields, type FieldValues, StructType } from "./structs.js";

/** Parameters of a method: a struct, or nothing. */
export class Parameters<F extends Fields> {
  /** By name, in their order. */
  readonly fields: F;
  #struct: StructType<F> | undefined;

  constructor(fields: F) {
    this.fields = fields;
  }

  /** `undefined` for none: there is nothing in the message then. */
  get struct(): StructType<F> | undefined {
    const { fields } = this;
    this.#struct ??= Object.keys(fields).length > 0 ? new StructType("", fields) : undefined;
    return this.#struct;
  }

  /** As FIDL spells them. */
  get name(): string {
    return Object.entries(this.fields)
      .map(([key, type]) => `${key} ${type.name}`)
      .join(", ");
  }
}

/** What any method may say of itself. */
export interface Interaction {
  /** Whether a side that does not know the method may go on; not, by default. */
  readonly isFlexible?: boolean;
  /** What its ordinal is made of, where that is another name than its own. */
  readonly selector?: string;
}

/** A method without a reply. */
export interface OneWay<Q extends Fields> extends Interaction {
  readonly kind: "one-way";
  readonly request: Parameters<Q>;
}

/** A method with a reply. */
export interface TwoWay<Q extends Fields, S extends Fields> extends Interaction {
  readonly kind: "two-way";
  readonly request: Parameters<Q>;
  readonly response: Parameters<S>;
}

/** What a server sends unasked. */
export interface EventMethod<S extends Fields> extends Interaction {
  readonly kind: "event";
  readonly response: Parameters<S>;
}

/** The methods that a protocol declares, by their names in FIDL. */
export type Methods = Readonly<
  Record<string, OneWay<Fields> | TwoWay<Fields, Fields> | EventMethod<Fields>>
>;

/** What a method's request holds. */
export type RequestOf<M> = M extends {
  readonly request: { readonly fields: infer Q extends Fields };
}
  ? FieldValues<Q>
  : never;

/** What a method's reply, or an event, holds. */
export type ResponseOf<M> = M extends {
  readonly response: { readonly fields: infer S extends Fields };
}
  ? FieldValues<S>
  : void;

/** A method, with where it belongs. */
export type Method<M = Methods[string]> = M & {
  /** The protocol that declares it: `fuchsia.ldsvc/Loader`. */
  readonly protocol: string;
  /** As FIDL spells it: `LoadObject`. */
  readonly name: string;
  /** As JavaScript spells it: `loadObject`. */
  readonly key: string;
  readonly ordinal: bigint;
};

/** A method without a reply: `oneWay({ args: vector(bytes()) })`. */
export function oneWay<const Q extends Fields = {}>(request = {} as Q): OneWay<Q> {
  return { kind: "one-way", request: new Parameters(request) };
}

/** A method with a reply: `twoWay({ name: string(32) }, { status })`. */
export function twoWay<const Q extends Fields = {}, const S extends Fields = {}>(
  request = {} as Q,
  response = {} as S,
): TwoWay<Q, S> {
  return { kind: "two-way", request: new Parameters(request), response: new Parameters(response) };
}

/** What a server sends unasked: `event({ status })`. */
export function event<const S extends Fields = {}>(response = {} as S): EventMethod<S> {
  return { kind: "event", response: new Parameters(response) };
}

/** A method that a side need not know: its reply, if any, is a {@link flexibleResult}. */
export function flexible<M extends Methods[string]>(method: M): M {
  return { ...method, isFlexible: true };
}

/** A method with the ordinal of another name: `selector("fuchsia.io/Directory.Open3", oneWay(…))`. */
export function selector<M extends Methods[string]>(name: string, method: M): M {
  return { ...method, selector: name };
}

/**
 * Which flexible methods that it does not know a side takes: none, events and those without reply,
 * or all.
 */
export type Openness = "closed" | "ajar" | "open";

/** How a protocol relates to others. */
export interface ProtocolOptions<C extends Methods> {
  /** Whether clients find it by its name; otherwise it passes as a handle only. */
  discoverable?: boolean;
  /** A protocol whose methods this one has as well. Their ordinals stay. */
  compose?: Protocol<C>;
  /** `closed` by default. */
  openness?: Openness;
  /** The library that ordinals are made of, where that is not its own. */
  hashedAs?: string;
}

/** A protocol: what its client and its server may say to each other. */
export class Protocol<M extends Methods> {
  /** As in `fuchsia.ldsvc/Loader`. */
  readonly name: string;
  /** How messages to the user call it. */
  readonly debugName: string;
  /** Which methods it takes without knowing them. */
  readonly openness: Openness;
  /** The methods, by their names in FIDL. */
  readonly methods: { readonly [K in keyof M]: Method<M[K]> };
  /** The same, in their order: composed ones first. */
  readonly allMethods: readonly Method[];
  #byOrdinal: ReadonlyMap<bigint, Method> | undefined;

  constructor(
    name: string,
    methods: M,
    { discoverable = false, compose, openness = "closed", hashedAs }: ProtocolOptions<Methods>,
  ) {
    this.name = name;
    const [library, protocol] = name.split("/");
    this.openness = openness;
    this.debugName = discoverable ? `${library}.${protocol}` : `(anonymous) ${protocol}`;
    const declared = Object.entries(methods).map(
      ([method, type]) => [method, declare(name, method, type, hashedAs)] as const,
    );
    const all: Record<string, Method> = { ...compose?.methods, ...Object.fromEntries(declared) };
    this.methods = all as unknown as typeof this.methods;
    this.allMethods = Object.values(all);
  }

  /** The method with an ordinal, if there is one. */
  method(ordinal: bigint): Method | undefined {
    this.#byOrdinal ??= new Map(this.allMethods.map((method) => [method.ordinal, method]));
    return this.#byOrdinal.get(ordinal);
  }
}

/** A method that a protocol declares. Its ordinal takes a hash, and is found when first asked for. */
function declare(
  protocol: string,
  name: string,
  type: Methods[string],
  hashedAs: string | undefined,
): Method {
  let ordinal: bigint | undefined;
  const selected =
    type.selector ??
    (hashedAs === undefined ? undefined : `${hashedAs}/${protocol.split("/")[1]}.${name}`);
  return {
    ...type,
    protocol,
    name,
    key: name.charAt(0).toLowerCase() + name.slice(1),
    get ordinal() {
      return (ordinal ??=
        selected === undefined ? methodOrdinal(protocol, name) : selectorOrdinal(selected));
    },
  };
}

/** The methods of a protocol. */
export type MethodsOf<P> = P extends Protocol<infer M> ? M : never;

/**
 * Describes a protocol; everything else follows from this.
 *
 * @param name library and protocol, as in `fuchsia.ldsvc/Loader`
 */
export function protocol<const M extends Methods, C extends Methods = {}>(
  name: string,
  methods: M,
  options: ProtocolOptions<C> = {},
): Protocol<M & C> {
  return new Protocol<M & C>(name, methods as M & C, options);
}
